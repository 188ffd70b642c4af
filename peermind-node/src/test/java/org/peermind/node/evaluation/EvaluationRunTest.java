// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;
import org.peermind.inference.MemoryNeed;
import org.peermind.inference.MemoryPlan;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.ScriptedEngine;
import org.peermind.node.governance.Evaluation.EvaluationFailed;
import org.peermind.node.governance.Evaluation.Listener;
import org.peermind.node.governance.Evaluation.Measured;
import org.peermind.node.governance.Evaluation.Progress;
import org.peermind.node.governance.Evaluation.Task;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.VirtualClock;

/// The order of an evaluation, with an engine that takes no time.
class EvaluationRunTest {
  private static final Digest SEED = Digest.over("items".getBytes(StandardCharsets.UTF_8));
  private static final ModelHash OLD = new ModelHash("a".repeat(64));
  private static final ModelHash NEW = new ModelHash("b".repeat(64));
  private static final Duration WITHIN = Duration.ofMinutes(5);
  private static final int ITEMS = 30;

  private final List<Progress> progress = new CopyOnWriteArrayList<>();
  private CountedEngine engine = new CountedEngine(CountedEngine.wise(), 2);
  private PowerGate power = () -> true;
  private QuietSlots slots = QuietSlots.unused();
  private InstantSource clock = InstantSource.system();
  private Listener listener = progress::add;
  private Schedule schedule = schedule(Duration.ZERO, Duration.ZERO);

  @AfterEach
  void nothingStaysLoaded() {
    assertThat(engine.there()).isZero();
  }

  @Test
  void measuresBothModelsInTurn_andAsksThemTheSameItems() throws Exception {
    Measured measured = run(true);

    List<Integer> all = IntStream.range(0, ITEMS).boxed().toList();
    assertThat(measured.incumbent().rightItems()).containsExactlyInAnyOrderElementsOf(all);
    assertThat(measured.candidate().rightItems()).containsExactlyInAnyOrderElementsOf(all);
    assertThat(windows()).containsExactlyElementsOf(inTurn());
    assertThat(engine.loads).extracting(ModelSpec::sha256).containsExactly(OLD, NEW);
    assertThat(progress).extracting(Progress::fraction).isSorted();
    assertThat(measured.deviceMib()).isEqualTo(1_000);
    assertThat(measured.incumbent().peakMib()).isEqualTo(300);
  }

  @Test
  void namesTheTokensOfAllAnswers_itemByItem() throws Exception {
    Measured measured = run(true);

    // The scripted engine's tokens are the bytes of its answer and 256 for its end.
    List<byte[]> answers = new ArrayList<>();
    for (Item item : ItemSuite.GENERAL.items(SEED, ITEMS)) {
      byte[] text = SolvedTask.answer(item.question()).getBytes(StandardCharsets.UTF_8);
      ByteBuffer ids = ByteBuffer.allocate(Integer.BYTES * (text.length + 1));
      for (byte one : text) {
        ids.putInt(one & 0xff);
      }
      answers.add(ids.putInt(256).array());
      answers.add(ids.array());
    }
    assertThat(measured.tokensRoot()).isEqualTo(Digest.over(answers.toArray(byte[][]::new)));
  }

  @Test
  void loadsOneAtATime_whereBothDoNotFit() throws Exception {
    run(false);

    assertThat(engine.mostThere()).isEqualTo(1);
    assertThat(windows()).containsExactlyElementsOf(inTurn());
    assertThat(engine.loads)
        .extracting(ModelSpec::sha256)
        .containsExactly(OLD, NEW, OLD, NEW, OLD, NEW);
  }

  @Test
  void loadsOneAtATime_whenThereWasLessMemoryThanItSeemed() throws Exception {
    engine = new CountedEngine(CountedEngine.wise(), 1);

    assertThat(run(true).candidate().rightItems()).hasSize(ITEMS);
    assertThat(engine.mostThere()).isEqualTo(1);
    assertThat(engine.loads).hasSize(6);
  }

  @Test
  void asksFirst_andMeasuresSpeedWhenItsTurnComes() throws Exception {
    schedule = schedule(Duration.ofMinutes(1), Duration.ZERO);
    VirtualClock virtual = new VirtualClock(Instant.parse("2026-11-23T12:00:00Z"));
    clock = virtual;
    listener =
        at -> {
          progress.add(at);
          if (at.step().startsWith("waiting")) {
            virtual.advance(Duration.ofSeconds(61));
          }
        };
    run(true);

    List<String> steps = progress.stream().map(Progress::step).toList();
    assertThat(steps.getFirst()).startsWith("asking");
    assertThat(steps.stream().filter("waiting for its turn to measure speed"::equals)).hasSize(1);
    // It waited for more than half a minute, so both were unloaded meanwhile.
    assertThat(engine.loads).hasSize(4);
    assertThat(steps.getLast()).contains("window 12 of 12");
    assertThat(windows()).containsExactlyElementsOf(inTurn());
  }

  @Test
  void takesTheQuietSlotsForEachWindow_andGivesThemBack() throws Exception {
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger given = new AtomicInteger();
    slots =
        new QuietSlots() {
          @Override
          public Optional<Hold> takeAll(Duration patience) {
            // Every third time somebody is being answered all the time.
            return taken.incrementAndGet() % 3 == 0
                ? Optional.empty()
                : Optional.of(given::incrementAndGet);
          }

          @Override
          public boolean isBusy() {
            return false;
          }
        };
    run(true);

    assertThat(taken.get()).isEqualTo(12);
    assertThat(given.get()).isEqualTo(8);
  }

  @Test
  void waitsForUsersAnswers_butNotForEver() throws Exception {
    schedule = schedule(Duration.ZERO, Duration.ofMillis(1));
    AtomicInteger looked = new AtomicInteger();
    slots =
        new QuietSlots() {
          @Override
          public Optional<Hold> takeAll(Duration patience) {
            return Optional.empty();
          }

          @Override
          public boolean isBusy() {
            return looked.incrementAndGet() <= 3;
          }
        };

    assertThat(run(true).items()).isEqualTo(ITEMS);
    assertThat(looked.get()).isGreaterThanOrEqualTo(2 * ITEMS);
  }

  @Test
  void doesAStepAgain_thatMissingPowerInterrupted() throws Exception {
    AtomicInteger looked = new AtomicInteger();
    power = () -> looked.incrementAndGet() % 500 > 1;
    Measured measured = run(true);

    assertThat(measured.incumbent().rightItems()).hasSize(ITEMS);
    assertThat(progress).extracting(Progress::step).contains("waiting for renewable power");
    assertThat(engine.loads).hasSizeGreaterThan(2);
  }

  @Test
  void unloads_whenPowerIsLostWhileItWaitsForQuietSlots() throws Exception {
    Duration window = Duration.ofMillis(3);
    schedule =
        new Schedule(
            window, window, 2, Duration.ZERO, Duration.ofMinutes(10), Duration.ZERO, Duration.ZERO);
    AtomicInteger asked = new AtomicInteger();
    AtomicBoolean isLost = new AtomicBoolean();
    // Back as soon as nothing is loaded.
    power = () -> !isLost.get() || (engine.there() == 0 && isLost.compareAndSet(true, false));
    slots =
        new QuietSlots() {
          @Override
          public Optional<Hold> takeAll(Duration patience) {
            isLost.compareAndSet(false, asked.incrementAndGet() == 3);
            return asked.get() <= 3 ? Optional.empty() : Optional.of(() -> {});
          }

          @Override
          public boolean isBusy() {
            return false;
          }
        };
    run(true);

    assertThat(engine.loads).extracting(ModelSpec::sha256).containsExactly(OLD, OLD, NEW);
  }

  @Test
  void failsWithTheEnginesSentence_whenItKeepsFailing() {
    engine = new CountedEngine(ScriptedEngine.Script.failingToLoad("It is too large."), 2);

    assertThatThrownBy(() -> run(true))
        .isInstanceOf(EvaluationFailed.class)
        .hasMessage("The engine failed 3 times with the model in use: It is too large.");
  }

  @Test
  void failsWhenTheModelKeepsDyingInAnswers() {
    engine = new CountedEngine(CountedEngine.wise().dyingAfter(2), 2);

    assertThatThrownBy(() -> run(true))
        .isInstanceOf(EvaluationFailed.class)
        .hasMessage("The engine failed 3 times with the model in use: The scripted engine died.");
    assertThat(engine.loads).hasSize(3);
  }

  @Test
  void countsAModelThatSaysNothing_asWrongAndSlow() throws Exception {
    engine = new CountedEngine(ScriptedEngine.Script.answering(""), 2);
    Measured measured = run(true);

    assertThat(measured.candidate().rightItems()).isEmpty();
    assertThat(measured.candidate().speedByFour()).isPositive();
  }

  @Test
  void measuresEnergy_whereAMeterGivesReadingsInsideTheWindows() throws Exception {
    Measured measured = run(true, meter());

    // 36 W at some tokens a second; how many depends on this machine.
    assertThat(measured.incumbent().microWhPer1kTokens()).isPresent();
    assertThat(run(true).incumbent().microWhPer1kTokens()).isEmpty();
  }

  /// A meter with a reading of a microsecond whenever it is asked.
  private static Supplier<OwnPower> meter() {
    InstantSource clock = InstantSource.system();
    return () ->
        new OwnPower(
            OptionalDouble.of(36),
            OptionalDouble.of(36e-6),
            List.of(PowerMethod.RAPL),
            Duration.ofNanos(1_000),
            clock.instant(),
            "");
  }

  private Measured run(boolean together) throws Exception {
    return run(together, () -> OwnPower.unknown(Instant.EPOCH, "no meter"));
  }

  private Measured run(boolean together, Supplier<OwnPower> meter) throws Exception {
    Task task =
        new Task(
            Path.of("old.gguf"),
            OLD,
            Path.of("new.gguf"),
            NEW,
            SEED,
            "general",
            ITEMS,
            WITHIN,
            0,
            3);
    return new EvaluationRun(
            task,
            ItemSuite.GENERAL,
            schedule,
            bench(together),
            new Benchmark.Surroundings(engine, 1, power, slots, meter, clock),
            clock.instant().plus(WITHIN),
            listener)
        .run();
  }

  private static Bench bench(boolean together) {
    MemoryNeed need = new MemoryNeed(0, List.of(), 0, 0, 0, 0);
    MemoryPlan plan = new MemoryPlan(need, true, 0, 300L << 20, 0, "It fits.");
    return new Bench(
        Map.of(
            Side.INCUMBENT,
            new ModelSpec(Path.of("old.gguf"), OLD, 8_192, 4, 1),
            Side.CANDIDATE,
            new ModelSpec(Path.of("new.gguf"), NEW, 8_192, 4, 1)),
        Map.of(Side.INCUMBENT, plan, Side.CANDIDATE, plan),
        2_048,
        together,
        1_000);
  }

  private static Schedule schedule(Duration speedAfter, Duration courtesy) {
    Duration window = Duration.ofMillis(3);
    return new Schedule(window, window, 2, speedAfter, Duration.ZERO, courtesy, Duration.ZERO);
  }

  private List<String> windows() {
    return progress.stream()
        .map(Progress::step)
        .filter(step -> step.contains("window"))
        .distinct()
        .toList();
  }

  private static List<String> inTurn() {
    List<String> windows = new ArrayList<>();
    for (int at = 0; at < 12; at++) {
      windows.add(
          "measuring the speed of %s, window %d of 12"
              .formatted(at / 3 % 2 == 0 ? "the model in use" : "the candidate", at + 1));
    }
    return windows;
  }
}
