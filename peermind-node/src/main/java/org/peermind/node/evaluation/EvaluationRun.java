// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.EngineException;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.Sampling;
import org.peermind.node.governance.Evaluation.EvaluationFailed;
import org.peermind.node.governance.Evaluation.Listener;
import org.peermind.node.governance.Evaluation.Measured;
import org.peermind.node.governance.Evaluation.Progress;
import org.peermind.node.governance.Evaluation.Task;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Figures;

/// One evaluation from its first to its last step. Each step, an item or a window, is done as a
/// whole or not at all: what power or a crash interrupted is done again.
final class EvaluationRun {
  /// So many items are put to one model before the other's turn, where both are loaded.
  private static final int BATCH = 8;

  /// A model that fails so often, to load or in an answer, cannot be measured.
  private static final int FAILURES_MAX = 3;

  /// Whoever has to wait longer for its turn gives the memory back.
  private static final Duration WAIT_LOADED_MAX = Duration.ofSeconds(30);

  private static final Duration ANSWER_MAX = Duration.ofMinutes(10);
  private static final Duration MINUTES_FROM = Duration.ofMinutes(3);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final Task task;
  private final ItemSuite suite;
  private final List<Item> items;
  private final Schedule schedule;
  private final Bench bench;
  private final Benchmark.Surroundings here;
  private final Listener listener;
  private final Instant end;
  private final List<Window> windows;
  private final Map<Side, Gathered> gathered = new EnumMap<>(Side.class);
  private final Map<Side, Integer> failures = new EnumMap<>(Side.class);
  private Side asking = Side.INCUMBENT;
  private int windowsDone;
  private String said = "";
  private Duration withoutPower = Duration.ZERO;

  /// A window to come.
  private record Window(int round, Side side, SpeedMeter.Speed speed) {}

  /// @param end when it must be done
  EvaluationRun(
      Task task,
      ItemSuite suite,
      Schedule schedule,
      Bench bench,
      Benchmark.Surroundings here,
      Instant end,
      Listener listener) {
    this.task = task;
    this.suite = suite;
    this.bench = bench;
    this.items = suite.items(task.itemSeed(), task.items());
    this.schedule = schedule;
    this.here = here;
    this.listener = listener;
    this.end = end;
    this.windows = windows(schedule.rounds());
  }

  /// The model in use and the candidate in turn, so that a machine that grows warm or busy harms
  /// both alike.
  private static List<Window> windows(int rounds) {
    List<Window> windows = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      for (Side side : Side.values()) {
        for (SpeedMeter.Speed speed : SpeedMeter.Speed.values()) {
          windows.add(new Window(round, side, speed));
        }
      }
    }
    return windows;
  }

  Measured run() throws EvaluationFailed, InterruptedException {
    try (Seats seats = new Seats(here.engine(), bench.specs(), bench.together(), this::mayGoOn)) {
      while (windowsDone < windows.size() || itemsDone() < 2 * items.size()) {
        if (!here.power().isAllowed()) {
          seats.clear();
          awaitPower();
        }
        if (!here.clock().instant().isBefore(end)) {
          throw over();
        }
        step(seats);
      }
      return measured(seats);
    }
  }

  private void step(Seats seats) throws EvaluationFailed, InterruptedException {
    Instant turn = end.minus(task.within()).plus(schedule.speedAfter());
    Duration untilTurn = Duration.between(here.clock().instant(), turn);
    if (windowsDone < windows.size() && !untilTurn.isPositive()) {
      Window window = windows.get(windowsDone);
      attempt(seats, window.side(), () -> measure(seats, window));
    } else if (itemsDone() < 2 * items.size()) {
      Side side = nextToAsk(seats);
      attempt(seats, side, () -> ask(seats, side));
    } else {
      awaitTurn(seats, untilTurn);
    }
  }

  /// One step; when the engine fails in it, the model is loaded anew for the next try.
  private void attempt(Seats seats, Side side, Step step)
      throws EvaluationFailed, InterruptedException {
    try {
      step.run();
    } catch (EngineException failed) {
      seats.unload(side);
      int times = failures.merge(side, 1, Integer::sum);
      if (times >= FAILURES_MAX) {
        throw new EvaluationFailed(
            "The engine failed %d times with %s: %s"
                .formatted(times, side.words(), failed.getMessage()));
      }
      pause(schedule.retryAfter());
    }
  }

  @FunctionalInterface
  private interface Step {
    void run() throws EngineException, InterruptedException;
  }

  private void measure(Seats seats, Window window) throws EngineException, InterruptedException {
    say(
        "measuring the speed of %s, window %d of %d"
            .formatted(window.side().words(), windowsDone + 1, windows.size()));
    Optional<LoadedModel> model = seats.seat(window.side());
    if (model.isEmpty()) {
      return;
    }
    SpeedMeter meter = new SpeedMeter(model.get()::generate, bench.contextTokens(), this::mayGoOn);
    try (QuietSlots.Hold _ = quiet()) {
      if (!seats.warmUp(window.side())) {
        meter.measure(SpeedMeter.Speed.ALONE, schedule.warmUp(), schedule.rounds());
      }
      long from = System.nanoTime();
      try (EnergyTap energy = EnergyTap.open(here.meter(), here.clock())) {
        Optional<SpeedMeter.Window> result =
            meter.measure(window.speed(), schedule.window(), window.round());
        if (result.isPresent()) {
          of(window.side())
              .window(window.speed(), result.get(), System.nanoTime() - from, energy.meanWatts());
          windowsDone++;
        }
      }
    }
    seats.watch(window.side());
  }

  /// The node's slots, as soon as nobody is answered; nothing when that takes too long, or power is
  /// lost meanwhile.
  private QuietSlots.Hold quiet() throws InterruptedException {
    long until = System.nanoTime() + schedule.quietPatience().toNanos();
    Optional<QuietSlots.Hold> hold = here.slots().takeAll(Duration.ZERO);
    while (hold.isEmpty() && mayGoOn() && System.nanoTime() - until < 0) {
      hold = here.slots().takeAll(LOOK_EVERY);
    }
    return hold.orElse(() -> {});
  }

  /// Puts the next item to a model. An answer that the engine refuses is a wrong one.
  private void ask(Seats seats, Side side) throws EngineException, InterruptedException {
    int at = of(side).items();
    say("asking %s, item %d of %d".formatted(side.words(), at + 1, items.size()));
    giveWay();
    Optional<LoadedModel> model = seats.seat(side);
    if (model.isEmpty()) {
      return;
    }
    Item item = items.get(at);
    GenerationRequest request =
        Hearing.request(item.question(), suite.answerTokensMax(), Sampling.greedy())
            .withDeadline(ANSWER_MAX);
    Hearing.Heard heard = Hearing.hear(model.get()::generate, request, this::mayGoOn);
    if (heard.isCut()) {
      return;
    }
    if (heard.failure().isPresent()) {
      switch (heard.failure().get().kind()) {
        case BAD_REQUEST, CONTEXT_TOO_LONG -> {}
        case CRASHED, BUSY, UNLOADED, DEADLINE, PREEMPTED ->
            throw new EngineException(heard.failure().get().sentence());
      }
    }
    of(side).item(heard, heard.failure().isEmpty() && item.accepts(heard.text()));
    seats.watch(side);
  }

  /// Both models in turn, some items each; all of one model's where only one is loaded.
  private Side nextToAsk(Seats seats) {
    int batch = seats.isTogether() ? BATCH : items.size();
    int most = Math.min(items.size(), of(asking.other()).items() + batch);
    if (of(asking).items() >= most) {
      asking = asking.other();
    }
    return asking;
  }

  private void awaitPower() throws InterruptedException {
    Instant since = here.clock().instant();
    say("waiting for renewable power");
    var _ = here.power().await(Duration.between(since, end));
    withoutPower = withoutPower.plus(Duration.between(since, here.clock().instant()));
  }

  /// Until it is this node's turn to measure speed, the items being done.
  private void awaitTurn(Seats seats, Duration untilTurn) throws InterruptedException {
    say("waiting for its turn to measure speed");
    if (untilTurn.compareTo(WAIT_LOADED_MAX) > 0) {
      seats.clear();
    }
    Thread.sleep(untilTurn.compareTo(LOOK_EVERY) < 0 ? untilTurn : LOOK_EVERY);
  }

  /// Lets users' answers end first, for a while.
  private void giveWay() throws InterruptedException {
    long until = System.nanoTime() + schedule.courtesy().toNanos();
    while (here.slots().isBusy() && mayGoOn() && System.nanoTime() - until < 0) {
      Thread.sleep(LOOK_EVERY);
    }
  }

  private void pause(Duration length) throws InterruptedException {
    long until = System.nanoTime() + length.toNanos();
    while (mayGoOn() && System.nanoTime() - until < 0) {
      Thread.sleep(LOOK_EVERY);
    }
  }

  private boolean mayGoOn() {
    return here.power().isAllowed() && here.clock().instant().isBefore(end);
  }

  private Gathered of(Side side) {
    return gathered.computeIfAbsent(side, _ -> new Gathered());
  }

  private int itemsDone() {
    return of(Side.INCUMBENT).items() + of(Side.CANDIDATE).items();
  }

  /// Says it, unless that was the last that was said.
  private void say(String step) {
    if (step.equals(said)) {
      return;
    }
    said = step;
    double done = windowsDone / (double) windows.size() + itemsDone() / (2.0 * items.size());
    listener.at(new Progress(step, done / 2));
  }

  private EvaluationFailed over() {
    return new EvaluationFailed(
        "The time for the evaluation, %s, is over with %d of %d answers and %d of %d windows of speed; for %s of it there was no renewable power."
            .formatted(
                words(task.within()),
                itemsDone(),
                2 * items.size(),
                windowsDone,
                windows.size(),
                words(withoutPower)));
  }

  private static String words(Duration time) {
    return time.compareTo(MINUTES_FROM) < 0
        ? time.toSeconds() + " s"
        : time.toMinutes() + " minutes";
  }

  private Measured measured(Seats seats) {
    return new Measured(
        figures(seats, Side.INCUMBENT),
        figures(seats, Side.CANDIDATE),
        tokensRoot(),
        Math.max(1, bench.deviceMib()),
        items.size());
  }

  private Figures figures(Seats seats, Side side) {
    return of(side).figures(bench.peakMib(side, seats.peakMib(side)), seats.loadMillis(side));
  }

  /// Over the token ids of all answers, four bytes each, big-endian: item by item, the incumbent's
  /// answer before the candidate's.
  private Digest tokensRoot() {
    List<byte[]> answers = new ArrayList<>();
    for (int item = 0; item < items.size(); item++) {
      answers.add(of(Side.INCUMBENT).tokens(item));
      answers.add(of(Side.CANDIDATE).tokens(item));
    }
    return Digest.over(answers.toArray(byte[][]::new));
  }
}
