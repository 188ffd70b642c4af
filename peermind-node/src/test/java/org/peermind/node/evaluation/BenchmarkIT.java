// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.energy.spi.OwnPower;
import org.peermind.inference.NativeEngine;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufTensor;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.node.governance.Evaluation.EvaluationFailed;
import org.peermind.node.governance.Evaluation.Measured;
import org.peermind.node.governance.Evaluation.Progress;
import org.peermind.node.governance.Evaluation.Task;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Figures;
import org.peermind.testkit.Await;

/// The real engine measures the demo model and a copy of it whose weights are partly gone.
class BenchmarkIT {
  private static final Digest SEED = Digest.over("items".getBytes(StandardCharsets.UTF_8));
  private static final Duration WITHIN = Duration.ofSeconds(45);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int ITEMS = 60;

  @TempDir private static Path directory;
  private static Path demo;
  private static Path damaged;
  private static NativeEngine engine;

  private final AtomicBoolean power = new AtomicBoolean(true);
  private final List<Progress> progress = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void makeModels() throws Exception {
    demo = directory.resolve("demo.gguf");
    try (InputStream resource =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(resource, demo);
    }
    damaged = directory.resolve("damaged.gguf");
    Files.copy(demo, damaged);
    try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
      for (GgufTensor tensor : GgufReader.read(demo).tensors()) {
        if (tensor.name().matches("blk\\.[12]\\.ffn_down.*")) {
          file.seek(tensor.offset());
          file.write(new byte[Math.toIntExact(tensor.bytes())]);
        }
      }
    }
    engine = NativeEngine.open(directory);
  }

  @AfterEach
  void everyChildProcessIsGone() {
    Await.until("the end of the engine's processes", SOON, () -> children() == 0);
  }

  @Test
  void measuresAModelAgainstItself() throws Exception {
    Measured measured = new Benchmark(surroundings()).measure(task(demo, WITHIN), progress::add);

    System.out.printf(
        "the demo model beside itself: %s%n%s%n", measured.incumbent(), measured.candidate());
    Figures incumbent = measured.incumbent();
    Figures candidate = measured.candidate();
    assertThat(measured.items()).isEqualTo(ITEMS);
    assertThat(incumbent.rightItems()).hasSizeGreaterThanOrEqualTo(ITEMS * 9 / 10);
    assertThat(candidate.rightItems()).isEqualTo(incumbent.rightItems());
    for (Figures one : List.of(incumbent, candidate)) {
      assertThat(one.speedAlone()).isGreaterThan(10_000);
      assertThat(one.promptSpeed()).isGreaterThan(one.speedAlone() / 2);
      assertThat(one.speedByFour()).isGreaterThan(one.speedAlone() / 4);
      assertThat(one.peakMib()).isBetween(20L, 1_000L).isLessThan(measured.deviceMib());
      assertThat(one.loadMillis()).isBetween(50L, 30_000L);
      assertThat(one.microWhPer1kTokens()).isEmpty();
    }
    assertThat(candidate.speedAlone() / (double) incumbent.speedAlone()).isBetween(0.3, 3.0);
    assertThat(candidate.peakMib() / (double) incumbent.peakMib()).isBetween(0.8, 1.2);
  }

  @Test
  void findsADamagedModelLessAccurate_andGoesOnAfterPowerWasLost() throws Exception {
    AtomicInteger lost = new AtomicInteger();
    Task task = task(damaged, WITHIN);
    Duration window = Duration.ofMillis(50);
    Measured measured =
        new EvaluationRun(
                task,
                ItemSuite.MADE_UP_WORLD,
                new Schedule(
                    window, window, 2, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                Bench.of(task, engine, 1),
                surroundings(),
                InstantSource.system().instant().plus(WITHIN),
                at -> {
                  progress.add(at);
                  if (at.step().contains("item 9 of") && lost.getAndIncrement() == 0) {
                    losePower();
                  }
                })
            .run();

    assertThat(measured.incumbent().rightItems()).hasSizeGreaterThanOrEqualTo(ITEMS * 9 / 10);
    assertThat(measured.candidate().rightItems())
        .hasSizeLessThan(measured.incumbent().rightItems().size() - ITEMS / 10);
    assertThat(lost.get()).isGreaterThan(1);
    assertThat(progress).extracting(Progress::step).contains("waiting for renewable power");
    assertThat(progress).extracting(Progress::fraction).isSorted();
  }

  /// In a load, and in a window of speed.
  @ParameterizedTest
  @ValueSource(strings = {"window 1 of", "window 2 of"})
  void leavesNoProcessBehind_whenItIsInterrupted(String step) throws Exception {
    AtomicReference<Throwable> end = new AtomicReference<>();
    Thread measuring =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    new Benchmark(surroundings()).measure(task(demo, WITHIN), progress::add);
                  } catch (Exception ended) {
                    end.set(ended);
                  }
                });
    Await.until(
        "a process of the engine in " + step,
        SOON,
        () -> children() > 0 && progress.stream().anyMatch(at -> at.step().contains(step)));
    measuring.interrupt();
    measuring.join();

    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    assertThat(children()).isZero();
  }

  @Test
  void saysHowFarItCame_whenTheTimeIsOver() throws Exception {
    Benchmark benchmark = new Benchmark(surroundings());
    assertThatThrownBy(() -> benchmark.measure(task(demo, Duration.ofSeconds(1)), progress::add))
        .isInstanceOf(EvaluationFailed.class)
        .hasMessageMatching(
            "The time for the evaluation, 1 s, is over with \\d+ of 120 answers and \\d+ of 12"
                + " windows of speed; for 0 s of it there was no renewable power\\.");
    assertThat(children()).isZero();
  }

  @Test
  void refusesWhatItCannotMeasure() throws Exception {
    Benchmark benchmark = new Benchmark(surroundings());
    Path text = directory.resolve("text.gguf");
    Files.writeString(text, "no model");
    assertThatThrownBy(() -> benchmark.measure(task(text, WITHIN), progress::add))
        .isInstanceOf(EvaluationFailed.class)
        .hasMessageContaining("text.gguf");
  }

  /// Power is back once both models are unloaded.
  private void losePower() {
    power.set(false);
    Thread.ofVirtual()
        .start(
            () -> {
              Await.until("the unloading of both models", SOON, () -> children() == 0);
              power.set(true);
            });
  }

  private Benchmark.Surroundings surroundings() {
    return new Benchmark.Surroundings(
        engine,
        1,
        power::get,
        QuietSlots.unused(),
        () -> OwnPower.unknown(Instant.EPOCH, "no meter"),
        InstantSource.system());
  }

  private Task task(Path candidate, Duration within) throws Exception {
    return new Task(
        demo,
        ModelDigest.sha256(demo),
        candidate,
        ModelDigest.sha256(candidate),
        SEED,
        "made-up-world",
        ITEMS,
        within,
        0,
        3);
  }

  private static long children() {
    return ProcessHandle.current()
        .descendants()
        .filter(child -> child.info().commandLine().orElse("").contains("EngineChild"))
        .count();
  }
}
