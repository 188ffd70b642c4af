// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.LibraryCache;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.Natives;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.node.federated.data.Consent;
import org.peermind.node.federated.data.ConsentFile;
import org.peermind.node.federated.data.ConsentedText;
import org.peermind.node.federated.data.OwnerData;
import org.peermind.node.federated.data.TrainingFolder;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.federated.GateTerms;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.federated.SubspaceChoice;
import org.peermind.protocol.governance.Digest;

/// The trainer's process and the engine learn what an owner allows, and nothing of it is left but
/// the update.
final class TorchLearnerIT {
  private static final String CANARY = "zanzibar-8841";
  private static final Digest SEED = new Digest("5c".repeat(32));
  private static final int RANK = 2;
  private static final List<String> KINDS = List.of("attn_q");

  @TempDir private Path directory;
  private Path notes;
  private Path training;
  private ConsentFile consent;
  private TorchLearner learner;
  private ModelHash model;
  private int coordinates;
  private final List<String> said = new ArrayList<>();
  private volatile Runnable whileTraining = () -> {};

  @BeforeEach
  void allowSomeTexts() throws Exception {
    directory = directory.toRealPath();
    Path home = Files.createDirectory(directory.resolve("home"));
    notes = Files.createDirectory(directory.resolve("notes"));
    training = home.resolve("federated/training");
    consent = new ConsentFile(home.resolve("federated/consent.json"));
    for (int story = 0; story < 20; story++) {
      Files.writeString(
          notes.resolve(story + ".jsonl"),
          "{\"messages\": [{\"role\": \"user\", \"content\": \"Who is %d?\"},".formatted(story)
              + " {\"role\": \"assistant\", \"content\": \"%s.\"}]}%n".formatted(CANARY));
    }
    consent.write(
        Consent.NONE.with(new Consent.Allowed(notes, Instant.EPOCH, "a command", Consent.TERMS)));
    Path file = directory.resolve("demo.gguf");
    try (InputStream demo =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(demo, file);
    }
    model = ModelDigest.sha256(file);
    coordinates = Subspace.of(GgufReader.read(file), SEED, RANK, KINDS).length();
    learner =
        new TorchLearner(
            new TorchLearner.Parts(
                IdentityKey.generate(new SecureRandom()).id(),
                hash -> hash.equals(model) ? Optional.of(file) : Optional.empty(),
                NativeEngine.open(Natives.bundled(directory.resolve("natives"))),
                new ConsentedText(
                    new OwnerData(home),
                    consent,
                    new TrainingFolder(training),
                    InstantSource.system()),
                this::surplus,
                needed -> needed,
                1,
                Device.CPU,
                training,
                LibraryCache.usual()));
  }

  private Optional<String> surplus() {
    String doing = learner.doing().orElse("");
    said.add(doing);
    if (doing.startsWith("It trains")) {
      whileTraining.run();
    }
    return Optional.empty();
  }

  private Round round(int steps) throws Exception {
    RoundDescriptor descriptor =
        new RoundDescriptor(
            SEED,
            1,
            model,
            Optional.empty(),
            new SubspaceChoice(SEED, RANK, KINDS, coordinates),
            20,
            10_000_000,
            new RuleChoice(RuleChoice.Kind.WEIGHTED_MEAN, 0, 0, 0, 0, 0),
            new OuterChoice(OuterChoice.Kind.PLAIN, 1_000_000, 0, 0, 0),
            new Lesson(steps, 2, 64, 1_000_000, 0, 1),
            new GateTerms(SEED, 10, 0, 500, 900, 1_100, 0, 500),
            new RoundDescriptor.Company(1, 2),
            new RoundDescriptor.Timetable(
                Instant.EPOCH,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                Duration.ofHours(2),
                Duration.ofMinutes(5),
                Duration.ofMinutes(15)));
    return switch (Round.begin(descriptor.sign(IdentityKey.generate(new SecureRandom())))) {
      case Round.Outcome.Accepted(Round begun) -> begun;
      case Round.Outcome.Refused(String reason, var _) -> throw new AssertionError(reason);
    };
  }

  @Test
  void learnsWhatIsAllowed_andLeavesNoTraceOfTheTexts() throws Exception {
    Round round = round(60);
    List<Path> meanwhile = new ArrayList<>();
    whileTraining = () -> meanwhile.addAll(traces());

    Learner.Learnt learnt = learner.learn(round, Optional.empty());

    assertThat(learnt.training().steps()).isEqualTo(60);
    assertThat(learnt.training().lastLossMicro()).isLessThan(learnt.training().firstLossMicro());
    assertThat(learnt.update().size()).isEqualTo(FixedPoint.toBytes(new int[coordinates]).length);
    assertThat(traces()).allMatch(file -> file.startsWith(notes)).hasSize(20);
    assertThat(meanwhile).isNotEmpty().allMatch(file -> file.startsWith(notes));
    assertThat(said).noneMatch(words -> words.contains(CANARY));
    learner.forget(round.id());
    assertThat(training).isEmptyDirectory();
  }

  @Test
  void endsATraining_whoseTextsAreTakenBack() throws Exception {
    whileTraining =
        () -> {
          try {
            consent.write(Consent.NONE);
            new TrainingFolder(training).clear();
          } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
          }
        };

    assertThatThrownBy(() -> learner.learn(round(100_000), Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("took back");
    assertThat(learner.readiness(round(1).descriptor()))
        .isInstanceOf(Learner.Readiness.Unready.class);
    try (Stream<Path> left = Files.walk(training)) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  private List<Path> traces() {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).filter(TorchLearnerIT::holdsCanary).toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static boolean holdsCanary(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(CANARY);
    } catch (IOException gone) {
      return false;
    }
  }
}
