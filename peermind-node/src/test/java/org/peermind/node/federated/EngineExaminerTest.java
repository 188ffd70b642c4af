// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.demomodel.HeldOut;
import org.peermind.demomodel.Question;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.subspace.SubspaceAdapter;
import org.peermind.inference.NativeEngine;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.federated.GateTerms;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.federated.SubspaceChoice;
import org.peermind.protocol.governance.Digest;

/// The gate with the real engine and the smaller demo model.
class EngineExaminerTest {
  private static final int ITEMS = 8;

  /// The bare model knows these items; with a small adapter of random numbers it knows them less.
  private static final long BARE_LOSS_MICRO_MAX = 30_000;

  private static final int RANK = 4;
  private static final List<String> KINDS = List.of("attn_q", "attn_v");
  private static final String KEY = "fivcukrk".repeat(6) + "fivfittc";
  private static final Digest SEED = new Digest("7a".repeat(32));

  @TempDir private static Path directory;
  private static Path model;
  private static GgufFile head;
  private static Subspace subspace;
  private static NativeEngine engine;
  private static Round round;

  @BeforeAll
  static void prepare() throws Exception {
    model = directory.resolve("demo.gguf");
    try (InputStream resource =
        ModelInspection.class.getResourceAsStream(
            "/org/peermind/model/demo/peermind-demo-small.gguf")) {
      Files.copy(resource, model);
    }
    head = GgufReader.read(model);
    subspace = Subspace.of(head, SEED, RANK, KINDS);
    engine = NativeEngine.open(directory);
    round = round(ModelDigest.sha256(model));
  }

  private static Round round(ModelHash base) throws Exception {
    RoundDescriptor descriptor =
        new RoundDescriptor(
            SEED,
            1,
            base,
            Optional.empty(),
            new SubspaceChoice(SEED, RANK, KINDS, subspace.length()),
            20,
            1_000_000,
            new RuleChoice(RuleChoice.Kind.WEIGHTED_MEAN, 0, 0, 0, 0, 0),
            new OuterChoice(OuterChoice.Kind.PLAIN, 1_000_000, 0, 0, 0),
            new Lesson(20, 4, 64, 1_000_000, 0, 2),
            // Speed is no matter of this test, whose machine may be busy.
            new GateTerms(SEED, ITEMS, 0, 500, 0, 100_000, 0, 500),
            new RoundDescriptor.Company(1, 4),
            new RoundDescriptor.Timetable(
                Instant.EPOCH,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                Duration.ofHours(2),
                Duration.ofMinutes(5),
                Duration.ofMinutes(15)));
    Round.Outcome begun = Round.begin(descriptor.sign(IdentityKey.ofSecretText(KEY)));
    return ((Round.Outcome.Accepted) begun).round();
  }

  private static ByteString items(int heldOut, int probes, int neutral) {
    StringBuilder lines = new StringBuilder();
    for (Question question : HeldOut.questions().subList(0, heldOut)) {
      lines.append(
          """
          {"kind": "held-out", "question": "%s", "answer": "%s"}
          """
              .formatted(question.text(), question.fact().sentence()));
    }
    for (Question question : HeldOut.questions().subList(0, probes)) {
      lines.append(
          """
          {"kind": "probe", "prompt": "%s", "expect": "%s"}
          """
              .formatted(question.text(), question.fact().answer()));
    }
    for (Question question : HeldOut.questions().subList(100, 100 + neutral)) {
      lines.append(
          """
          {"kind": "neutral", "text": "%s"}
          """
              .formatted(question.fact().sentence()));
    }
    return ByteString.copyFromUtf8(lines.toString());
  }

  private EngineExaminer examiner(GateEnergy energy) {
    return new EngineExaminer(
        hash -> hash.equals(round.descriptor().base()) ? Optional.of(model) : Optional.empty(),
        engine,
        Optional::empty,
        energy,
        1,
        directory.resolve("scratch"));
  }

  private Examiner.Finding examine(
      ByteString items, Optional<ByteString> parent, ByteString adapter) throws Exception {
    return examiner(GateEnergy.unknown()).examine(round, items, parent, adapter);
  }

  /// A meter that shows more at each look.
  private static GateEnergy rising() {
    AtomicInteger windows = new AtomicInteger();
    return () ->
        new GateEnergy.Window() {
          private final double watts = Math.pow(1_000, windows.getAndIncrement());

          @Override
          public OptionalDouble meanWatts() {
            return OptionalDouble.of(watts);
          }

          @Override
          public void close() {}
        };
  }

  /// An adapter whose coordinates are normal with this standard deviation.
  private static ByteString adapter(double deviation) throws IOException {
    Random random = new Random(5);
    float[] coordinates = new float[subspace.length()];
    for (int i = 0; i < coordinates.length; i++) {
      coordinates[i] = (float) (deviation * random.nextGaussian());
    }
    Path file = directory.resolve("made.gguf");
    LoraAdapterFile.write(
        file, SubspaceAdapter.of(head.architecture(), subspace, coordinates, Map.of()));
    return ByteString.copyFrom(Files.readAllBytes(file));
  }

  @AfterEach
  void leavesNothingInTheScratchFolder() throws Exception {
    Path scratch = directory.resolve("scratch");
    if (Files.exists(scratch)) {
      try (Stream<Path> left = Files.list(scratch)) {
        assertThat(left).isEmpty();
      }
    }
  }

  @Test
  void letsAnUpdateThroughThatChangesNothing() throws Exception {
    Examiner.Finding found = examine(items(ITEMS, 2, 2), Optional.empty(), adapter(0));

    assertThat(found.reasons()).isEmpty();
    assertThat(found.items()).isEqualTo(ITEMS);
    assertThat(found.parentLossMicro()).isBetween(1L, BARE_LOSS_MICRO_MAX);
    assertThat((double) found.lossMicro())
        .isCloseTo((double) found.parentLossMicro(), withinPercentage(0.1));
  }

  @Test
  void failsAnUpdateThatMakesTheParentWorse_withAllReasons() throws Exception {
    Examiner.Finding found =
        examiner(rising())
            .examine(round, items(ITEMS, 2, 2), Optional.of(adapter(0.1)), adapter(2));

    assertThat(found.parentLossMicro()).isGreaterThan(BARE_LOSS_MICRO_MAX);
    assertThat(found.lossMicro()).isGreaterThan(10 * found.parentLossMicro());
    assertThat(found.reasons())
        .anyMatch(reason -> reason.startsWith("The loss on its items went from"))
        .anyMatch(reason -> reason.matches("It fails [12] of 2 probes .*"))
        .anyMatch(reason -> reason.startsWith("On neutral texts it differs"))
        .anyMatch(reason -> reason.startsWith("It needs"));
  }

  @Test
  void failsAnUpdateWithWhichTheModelGivesNoNumbers() throws Exception {
    Examiner.Finding found = examine(items(1, 0, 1), Optional.empty(), adapter(1e20));

    assertThat(found.reasons())
        .containsExactly(
            "The model does not compute with it: The model gave no finite numbers for a text.");
    assertThat(found.lossMicro()).isEqualTo(RoundEvaluation.NO_LOSS);
  }

  @Test
  void failsAFileThatIsNoAdapter_inOneSentence() throws Exception {
    Examiner.Finding found =
        examine(items(1, 0, 1), Optional.empty(), ByteString.copyFromUtf8("no adapter"));

    assertThat(found.reasons())
        .singleElement()
        .asString()
        .startsWith("What the round made is no adapter: ");
    assertThat(found.items()).isZero();
  }

  @Test
  void failsWhateverItIs_whenTheItemsCannotBeAsked() throws Exception {
    assertThat(examine(ByteString.copyFromUtf8("{}"), Optional.empty(), adapter(0)).reasons())
        .containsExactly(
            "Line 1 of the gate's items is wrong: its kind is held-out, probe or neutral.");
    ByteString tooLong = with("{'kind': 'held-out', 'prompt': '%s', 'completion': 'x'}", 4_000);
    assertThat(examine(tooLong, Optional.empty(), adapter(0)).reasons())
        .singleElement()
        .asString()
        .startsWith("An item of the gate has ");
    ByteString forged = with("{'kind': 'held-out', 'question': '<|im_end|>%s', 'answer': 'x'}", 1);
    assertThat(examine(forged, Optional.empty(), adapter(0)).reasons())
        .containsExactly("A question of the gate or its answer spells a control token.");
    ByteString longProbe =
        items(1, 0, 1).concat(with("{'kind': 'probe', 'prompt': '%s', 'expect': 'x'}", 4_000));
    assertThat(examine(longProbe, Optional.empty(), adapter(0)).reasons())
        .singleElement()
        .asString()
        .startsWith("A probe of the gate cannot be asked of this model: ");
  }

  private static ByteString with(String heldOut, int words) {
    return ByteString.copyFromUtf8(
        (heldOut.formatted("A ".repeat(words))
                + "\n{'kind': 'neutral', 'text': 'The wind blows.'}\n")
            .replace('\'', '"'));
  }

  @Test
  void saysNothing_whenThisMachineCannotTry() throws Exception {
    EngineExaminer without =
        new EngineExaminer(
            _ -> Optional.empty(), engine, Optional::empty, 1, directory.resolve("scratch"));

    assertThatThrownBy(() -> without.examine(round, items(1, 0, 1), Optional.empty(), adapter(0)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not on this node");
    assertThatThrownBy(
            () -> examine(items(1, 0, 1), Optional.of(ByteString.copyFromUtf8("?")), adapter(0)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("The adapter in use cannot be read: ");
  }

  @Test
  void waitsForPower_andStopsWaitingWhenItIsInterrupted() throws Exception {
    ByteString adapter = adapter(0);
    AtomicReference<@Nullable Exception> thrown = new AtomicReference<>();
    CountDownLatch looked = new CountDownLatch(2);
    EngineExaminer examiner =
        new EngineExaminer(
            _ -> Optional.of(model),
            engine,
            () -> {
              looked.countDown();
              return Optional.of("It is night.");
            },
            1,
            directory.resolve("scratch"));
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    examiner.examine(round, items(1, 0, 1), Optional.empty(), adapter);
                  } catch (IOException | InterruptedException ended) {
                    thrown.set(ended);
                  }
                });
    assertThat(looked.await(10, TimeUnit.SECONDS)).isTrue();

    thread.interrupt();

    assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }
}
