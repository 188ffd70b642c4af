// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Decides between off, reduced and full operation from smoothed headroom, slowly and without
/// chatter (design section 5).
///
/// Up: the mean stays above the upper threshold and the minimum above the lower one for the whole
/// on delay, which doubles (at most [#SHORT_RUNS_MAX] times) with each run that ended before it was
/// worth its load, so that restless skies load a model less often. Down: the mean stays below the
/// lower threshold for the off delay. Between two moves lies the minimum dwell. A trip ignores
/// delays and dwell. Sustained grid import while our engine draws power ignores the dwell, because
/// no dwell may be bought with grid power.
public record Hysteresis(Thresholds full, Thresholds reduced, Delays delays) {
  /// How often the on delay doubles at most.
  public static final int SHORT_RUNS_MAX = 2;

  /// A run is short below this many times the minimum on.
  private static final int SHORT_RUN_MINIMA = 2;

  /// Enter above `upperWatts`, leave below `lowerWatts`.
  public record Thresholds(double upperWatts, double lowerWatts) {
    /// @throws IllegalArgumentException when they do not leave a gap
    public Thresholds {
      if (!(upperWatts > lowerWatts && lowerWatts >= 0)) {
        throw new IllegalArgumentException(
            "The upper threshold (%s W) must exceed the lower (%s W), which is not negative"
                .formatted(upperWatts, lowerWatts));
      }
    }
  }

  /// How long a condition must hold (`on`, `off`), and how long a level is kept (`minimumOn`,
  /// `minimumOff`).
  public record Delays(Duration on, Duration off, Duration minimumOn, Duration minimumOff) {}

  /// How much the engine may do, in rising order.
  public enum Level {
    OFF,
    REDUCED,
    FULL
  }

  /// What arrives with each step.
  public sealed interface Signal {
    /// Headroom in watts. `direct` comes from the source and allows full operation; `total` adds
    /// what a renewable battery can give and allows reduced operation.
    ///
    /// @param importing the grid feeds our engine, on average over the window
    /// @param importSustained it has done so beyond the tolerance for the whole off delay
    /// @param mayLoad false when loading the model now would not pay back
    record Power(
        double directMean,
        double directMinimum,
        double totalMean,
        double totalMinimum,
        boolean importing,
        boolean importSustained,
        boolean mayLoad)
        implements Signal {}

    /// Off at once: unknown data, import, island, generator, broken engine.
    record Trip() implements Signal {}
  }

  /// The runs so far.
  ///
  /// @param loadedAt when the model that is loaded was, null when none is
  /// @param shortOnes how many runs in a row were short, 0 to [#SHORT_RUNS_MAX]
  public record Runs(@Nullable Instant loadedAt, int shortOnes) {
    public static final Runs NONE = new Runs(null, 0);
  }

  /// The level, since when, and since when each condition has held (null: it does not hold).
  public record State(
      Level level,
      Instant since,
      Runs runs,
      @Nullable Instant fullAbove,
      @Nullable Instant reducedAbove,
      @Nullable Instant fullBelow,
      @Nullable Instant reducedBelow) {

    /// Off, with the dwell already served.
    public static State off(Instant since) {
      return off(since, Runs.NONE);
    }

    static State off(Instant since, Runs runs) {
      return new State(Level.OFF, since, runs, null, null, null, null);
    }
  }

  /// The state before the first step at `now`: off, and free to go on after the on delay.
  public State initial(Instant now) {
    return State.off(now.minus(delays.minimumOff));
  }

  /// The next state. `now` must not lie before the time of the step before.
  public State step(State before, Signal signal, Instant now) {
    return switch (signal) {
      case Signal.Trip _ ->
          before.level == Level.OFF ? State.off(before.since, before.runs) : off(before, now);
      case Signal.Power power -> move(timed(before, power, now), power, now);
    };
  }

  /// Whether the delays before loading are over, so that only the payback is open.
  public boolean loadingDue(State state, Instant now) {
    return state.level == Level.OFF
        && elapsed(state.since, delays.minimumOff, now)
        && (lasts(state.fullAbove, onDelay(state), now)
            || lasts(state.reducedAbove, onDelay(state), now));
  }

  /// How long enough power must last before the next move up.
  public Duration onDelay(State state) {
    return state.level == Level.OFF
        ? delays.on.multipliedBy(1L << state.runs.shortOnes)
        : delays.on;
  }

  private State off(State state, Instant now) {
    Instant loadedAt = state.runs.loadedAt;
    boolean tooShort =
        loadedAt != null
            && now.isBefore(loadedAt.plus(delays.minimumOn.multipliedBy(SHORT_RUN_MINIMA)));
    int shortOnes = tooShort ? Math.min(SHORT_RUNS_MAX, state.runs.shortOnes + 1) : 0;
    return State.off(now, new Runs(null, shortOnes));
  }

  private State timed(State before, Signal.Power power, Instant now) {
    boolean fullAbove = power.directMean > full.upperWatts && power.directMinimum > full.lowerWatts;
    boolean reducedAbove =
        fullAbove
            || (power.totalMean > reduced.upperWatts && power.totalMinimum > reduced.lowerWatts);
    return new State(
        before.level,
        before.since,
        before.runs,
        sinceWhen(fullAbove, before.fullAbove, now),
        sinceWhen(reducedAbove, before.reducedAbove, now),
        sinceWhen(power.directMean < full.lowerWatts, before.fullBelow, now),
        sinceWhen(power.totalMean < reduced.lowerWatts, before.reducedBelow, now));
  }

  private State move(State state, Signal.Power power, Instant now) {
    Duration minimum = state.level == Level.OFF ? delays.minimumOff : delays.minimumOn;
    boolean dwelt = elapsed(state.since, minimum, now);
    boolean mayDecline = dwelt || power.importing;
    if (power.importSustained && state.level != Level.OFF) {
      return off(state, now);
    }
    Duration on = onDelay(state);
    boolean fullLasts = dwelt && lasts(state.fullAbove, on, now);
    boolean reducedLasts = dwelt && lasts(state.reducedAbove, on, now);
    return switch (state.level) {
      case OFF -> {
        if (!power.mayLoad) {
          yield state;
        }
        yield fullLasts
            ? at(Level.FULL, state, now)
            : reducedLasts ? at(Level.REDUCED, state, now) : state;
      }
      case REDUCED -> {
        if (fullLasts) {
          yield at(Level.FULL, state, now);
        }
        yield mayDecline && lasts(state.reducedBelow, delays.off, now) ? off(state, now) : state;
      }
      case FULL -> {
        if (!mayDecline || !lasts(state.fullBelow, delays.off, now)) {
          yield state;
        }
        yield power.totalMean >= reduced.lowerWatts
            ? at(Level.REDUCED, state, now)
            : off(state, now);
      }
    };
  }

  private static State at(Level level, State state, Instant now) {
    Runs runs = state.level == Level.OFF ? new Runs(now, state.runs.shortOnes) : state.runs;
    return new State(
        level, now, runs, state.fullAbove, state.reducedAbove, state.fullBelow, state.reducedBelow);
  }

  private static @Nullable Instant sinceWhen(boolean holds, @Nullable Instant before, Instant now) {
    if (!holds) {
      return null;
    }
    return before == null ? now : before;
  }

  private static boolean lasts(@Nullable Instant since, Duration delay, Instant now) {
    return since != null && elapsed(since, delay, now);
  }

  private static boolean elapsed(Instant since, Duration delay, Instant now) {
    return !now.isBefore(since.plus(delay));
  }
}
