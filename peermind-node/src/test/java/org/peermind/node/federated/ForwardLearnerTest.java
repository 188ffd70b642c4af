// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.ScriptedEngine;
import org.peermind.model.GgufFile;
import org.peermind.model.ModelDigest;
import org.peermind.node.federated.data.TrainingFolder;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.GateTerms;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.federated.SubspaceChoice;
import org.peermind.protocol.governance.Digest;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForwardLearnerTest {
  private static final Instant OPENED = Instant.parse("2026-06-21T10:00:00Z");
  private static final FixedPoint UNITS = new FixedPoint(18);
  private static final IdentityKey KEY = IdentityKey.generate(new SecureRandom());
  private static final int LENGTH = 2048;

  private Path model;
  private ModelHash hash;
  private NativeEngine engine;
  @TempDir private Path folder;

  @BeforeAll
  void takeTheDemoModel(@TempDir Path shared) throws Exception {
    model = DemoLesson.model(shared);
    hash = ModelDigest.sha256(model);
    engine = NativeEngine.open(shared);
  }

  private RoundDescriptor descriptor(int length) {
    Digest some = new Digest("7a".repeat(32));
    return new RoundDescriptor(
        some,
        1,
        hash,
        Optional.empty(),
        new SubspaceChoice(some, 2, List.of("attn_q", "attn_v"), length),
        UNITS.unitBits(),
        UNITS.units(4),
        new RuleChoice(RuleChoice.Kind.WEIGHTED_MEAN, 0, 0, 0, 0, 0),
        new OuterChoice(OuterChoice.Kind.PLAIN, 1_000_000, 0, 0, 0),
        new Lesson(8, 4, 64, 1_000_000, 0, 2),
        new GateTerms(some, 10, 0, 500, 900, 1_100, 0, 500),
        new RoundDescriptor.Company(1, 8),
        new RoundDescriptor.Timetable(
            OPENED,
            Duration.ofMinutes(5),
            Duration.ofMinutes(10),
            Duration.ofHours(2),
            Duration.ofMinutes(5),
            Duration.ofMinutes(15)));
  }

  private Round round() {
    return ((Round.Outcome.Accepted) Round.begin(descriptor(LENGTH).sign(KEY))).round();
  }

  private static LessonText text(Optional<String> whyNot) {
    return new LessonText() {
      @Override
      public Optional<String> whyNot() {
        return whyNot;
      }

      @Override
      public long bytes() {
        return 300_000;
      }

      @Override
      public void prepare(GgufFile head, Tokenizing tokenizing, int sequenceTokensMax, Path target)
          throws IOException, InterruptedException {
        assertThat(sequenceTokensMax).isEqualTo(64);
        DemoLesson.write(tokenizing, target);
      }
    };
  }

  private ForwardLearner learner(
      Engine used, EngineFeatures features, SurplusWatch surplus, LessonText text) {
    return new ForwardLearner(
        new ForwardLearner.Parts(
            KEY.id(),
            wanted -> wanted.equals(hash) ? Optional.of(model) : Optional.empty(),
            used,
            () -> Optional.of(features),
            text,
            surplus,
            training -> training.multipliedBy(2),
            1,
            3,
            folder.resolve("training")));
  }

  /// Counts how often a model is loaded, and kills the first one in the middle of training.
  private final class Mortal implements Engine {
    private final AtomicInteger loads = new AtomicInteger();
    private volatile long pid;

    @Override
    public EngineInfo info() throws EngineException {
      return engine.info();
    }

    @Override
    public LoadedModel load(ModelSpec spec, LoadProgress progress)
        throws EngineException, InterruptedException {
      LoadedModel loaded = engine.load(spec, progress);
      pid = loaded.childPid().orElseThrow();
      loads.incrementAndGet();
      return loaded;
    }
  }

  @Test
  void learnsAnUpdateLikeAnyOther_thoughItsEngineDiesAndTheSunGoes() throws Exception {
    Mortal mortal = new Mortal();
    AtomicInteger asked = new AtomicInteger();
    SurplusWatch surplus =
        () -> {
          int times = asked.incrementAndGet();
          if (times == 12) {
            ProcessHandle.of(mortal.pid).orElseThrow().destroyForcibly();
          }
          return times == 1 || times == 6 || times == 7
              ? Optional.of("It is dark.")
              : Optional.empty();
        };
    ForwardLearner learner = learner(mortal, EngineFeatures.all(), surplus, text(Optional.empty()));
    Round round = round();
    Files.createDirectories(folder.resolve("training/0000"));
    Learner.Learnt learnt = learner.learn(round, Optional.empty());
    int[] update = FixedPoint.ofBytes(learnt.update().toByteArray());
    assertThat(update).hasSize(LENGTH);
    assertThat(FixedPoint.isLonger(update, descriptor(LENGTH).clipUnits())).isFalse();
    assertThat(learnt.training().steps()).isEqualTo(24);
    assertThat(learnt.training().tokens()).isEqualTo(24 * 84);
    assertThat(learnt.training().lastLossMicro())
        .isLessThan(learnt.training().firstLossMicro() * 98 / 100);
    assertThat(mortal.loads).hasValue(2);
    assertThat(learner.doing()).isEmpty();
    Path kept = folder.resolve("training").resolve(round.id().hex());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
        .isEqualTo("rwx------");
    assertThat(folder.resolve("training")).isDirectoryNotContaining("glob:**0000");
    // What is there already is taken: the same round again needs no step.
    asked.set(100);
    assertThat(learner.learn(round, Optional.empty())).isEqualTo(learnt);
    learner.forget(round.id());
    assertThat(kept).doesNotExist();
  }

  /// `peermind federated forget` deletes all that was made of them.
  @Test
  void stopsWhenTheOwnerTakesTextsBack() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Round round = round();
    Path training = folder.resolve("training");
    SurplusWatch surplus =
        () -> {
          try {
            if (asked.incrementAndGet() == 4) {
              new TrainingFolder(training).clear();
            }
            return Optional.empty();
          } catch (IOException undeletable) {
            throw new AssertionError(undeletable);
          }
        };
    ForwardLearner learner = learner(engine, EngineFeatures.all(), surplus, text(Optional.empty()));
    assertThatThrownBy(() -> learner.learn(round, Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessage("Its owner took back texts that it trained on.");
    assertThat(asked).hasValue(4);
    assertThat(training).isEmptyDirectory();
  }

  @Test
  void saysWhetherItTakesPart() {
    SurplusWatch sun = Optional::empty;
    assertThat(
            learner(engine, EngineFeatures.all(), sun, text(Optional.empty()))
                .readiness(descriptor(LENGTH)))
        .isEqualTo(
            new Learner.Readiness.Ready(Enrolment.Method.FORWARD, 2, Duration.ofMinutes(20)));
    assertThat(
            learner(engine, EngineFeatures.none(), sun, text(Optional.empty()))
                .readiness(descriptor(LENGTH)))
        .isEqualTo(
            new Learner.Readiness.Unready(
                "This engine cannot tell how likely given tokens are, so it cannot train; the"
                    + " built-in engine can."));
    assertThat(
            learner(engine, EngineFeatures.all(), sun, text(Optional.of("There is no text.")))
                .readiness(descriptor(LENGTH)))
        .isEqualTo(new Learner.Readiness.Unready("There is no text."));
    assertThat(
            learner(engine, EngineFeatures.all(), sun, text(Optional.empty()))
                .readiness(descriptor(LENGTH + 1)))
        .isEqualTo(
            new Learner.Readiness.Unready(
                "the round has 2049 coordinates where this model has 2048"));
  }

  @Test
  void engineThatTurnsOutUnableIsNamed() {
    ForwardLearner learner =
        learner(
            new ScriptedEngine(ScriptedEngine.Script.answering("no")),
            EngineFeatures.all(),
            Optional::empty,
            text(Optional.empty()));
    assertThatThrownBy(() -> learner.learn(round(), Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "This engine cannot tell how likely given tokens are, so it cannot train; the"
                + " built-in engine can.");
  }
}
