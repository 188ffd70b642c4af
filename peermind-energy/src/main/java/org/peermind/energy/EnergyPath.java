// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyInput.Observation;
import org.peermind.energy.EnergyState.Imports;
import org.peermind.energy.EnergyState.Readings;
import org.peermind.energy.Hysteresis.Level;
import org.peermind.energy.RollingAverage.Statistics;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ExpectedPower;
import org.peermind.protocol.Watts;

/// The pure core of the energy path (design section 5): sample, check, average, headroom,
/// hysteresis, activation.
///
/// Step it with every poll and at least once a second between polls, so that deadlines are kept
/// when the device is silent. It never holds a value beyond its deadline: without a fresh,
/// plausible and sufficient history the model is drained at once and then unloaded.
public final class EnergyPath {
  private static final double DRAWING_MIN_WATTS = 1;
  private static final double GRID_NOISE_WATTS = 1;

  private final EnergySettings settings;
  private final Intake intake;
  private final Headroom headroom;
  private final Hysteresis hysteresis;
  private final Outlook outlook;

  public EnergyPath(EnergySettings settings) {
    this.settings = settings;
    Duration polls = settings.sampling().poll().multipliedBy(10);
    Duration minute = Duration.ofMinutes(1);
    SampleCheck check =
        new SampleCheck(
            settings.sampling().ageMax(),
            polls.compareTo(minute) > 0 ? polls : minute,
            settings.limits(),
            settings.place());
    EnergySettings.Margin margin = settings.margin();
    this.headroom =
        new Headroom(
            margin.minWatts(), margin.productionShare(), margin.deviations(), settings.battery());
    this.intake = new Intake(settings, check, headroom);
    this.hysteresis = new Hysteresis(settings.full(), settings.reduced(), settings.delays());
    this.outlook = new Outlook(settings.place());
  }

  /// Off, with nothing read yet, and what the battery holds tagged by the owner's declaration.
  public EnergyState initial(Instant now) {
    return initial(now, BatteryLedger.EMPTY);
  }

  /// Off, with nothing read yet and the ledger that was kept over a restart.
  public EnergyState initial(Instant now, BatteryLedger kept) {
    Reason reason = new Reason.NoReading(adapterInWords(), null, null);
    return new EnergyState(
        now,
        intake.none(kept.paused()),
        hysteresis.initial(now),
        Imports.NONE,
        Curtailment.NONE,
        null,
        Outlook.NextSun.UNKNOWN,
        new EnergyDecision(Activation.OFF, now, reason, Watts.ZERO, null, null, null));
  }

  /// The state after one observation, or after time alone has passed.
  ///
  /// A clock that goes back by more than 5 s discards the history and unloads; a smaller step back
  /// is waited out.
  public EnergyState step(EnergyState before, EnergyInput input, Instant now) {
    Duration back = Duration.between(now, before.now());
    if (back.compareTo(Intake.CLOCK_TOLERANCE) > 0) {
      EnergyInput nothing =
          new EnergyInput(new Observation.Nothing(), input.ownDraw(), input.engine());
      return advance(forgetting(before, now), nothing, now, new Reason.ClockWentBack(back));
    }
    Instant at = back.isPositive() ? before.now() : now;
    return advance(before, input, at, null);
  }

  /// The mean headroom from the source expected for the next hour: by the site's own history, or,
  /// while that is too short, by persistence scaled with the clear sky; empty when unknown. Costs
  /// some position computations: call it once per report.
  public Optional<ExpectedPower> nextHour(EnergyState state, Expectation expected) {
    Headroom.Estimate estimate = state.decision().estimate();
    EnergySample sample = state.decision().sample();
    if (estimate == null || sample == null || !sample.sourceKind().canBeRenewable()) {
      return Optional.empty();
    }
    Instant now = state.now();
    Outlook.Balance balance = balance(state.readings(), estimate, now);
    double production = state.readings().production().over(now).mean();
    return Outlook.nextHour(expected, balance, now)
        .or(
            () ->
                outlook
                    .nextHour(sample.sourceKind(), estimate.mean(), production, now)
                    .map(watts -> new ExpectedPower(Optional.empty(), watts)));
  }

  private static Outlook.Balance balance(
      Readings readings, Headroom.Estimate estimate, Instant at) {
    return new Outlook.Balance(readings.surplus().over(at).mean(), estimate.mean());
  }

  private EnergyState advance(
      EnergyState before, EnergyInput input, Instant at, @Nullable Reason clock) {
    Readings readings = intake.observe(before.readings(), input, at);
    Imports imports = imports(before.imports(), readings, input, at);
    Assessment assessment = assess(readings, at);
    Headroom.Estimate estimate = assessment.estimate();
    Curtailment curtailment = curtailment(before, readings, estimate, input, at);
    Reason trip = clock != null ? clock : trip(before, readings, imports, assessment, input, at);
    if (trip == null && curtailment.failedAt(at) && before.curtailment().probing()) {
      trip = new Reason.NothingHeldBack(headroom.gridWatts(requireNonNull(readings.newest())));
    }
    if (trip != null) {
      curtailment = curtailment.ended(at);
    }
    Hysteresis.State level;
    double later = Double.NaN;
    if (trip != null || estimate == null) {
      level = hysteresis.step(before.hysteresis(), new Hysteresis.Signal.Trip(), at);
    } else {
      if (hysteresis.loadingDue(before.hysteresis(), at)) {
        later = headroomAtUnloading(readings, estimate, input.expected(), at);
      }
      Hysteresis.Signal.Power power = power(imports, estimate, later, at);
      level = hysteresis.step(before.hysteresis(), curtailment.credit(power, hysteresis), at);
    }
    Activation from = before.decision().activation();
    Activation to = activation(before, level.level(), input.engine(), at);
    Outlook.NextSun nextSun =
        to == Activation.OFF && trip == null
            ? outlook.refresh(before.nextSun(), readings, at)
            : before.nextSun();
    Reason reason =
        trip != null ? trip : curtailment.reason(level, requireNonNull(estimate), settings);
    if (reason == null) {
      reason =
          new Explanation(settings, headroom, hysteresis, before, readings, imports, nextSun, at)
              .of(requireNonNull(estimate), level, later, to);
      reason =
          outlook.expecting(
              reason,
              input.expected(),
              balance(readings, estimate, at),
              requireNonNull(readings.newest()).sourceKind(),
              at);
    }
    EnergyDecision decision =
        decision(before.decision(), to, reason, level.level(), estimate, readings, at);
    Instant drainUntil =
        to == Activation.DRAINING
            ? drainUntil(from == to ? before.drainUntil() : null, readings, trip, at)
            : null;
    return new EnergyState(
        at, readings, level, imports, curtailment, drainUntil, nextSun, decision);
  }

  private EnergyState forgetting(EnergyState before, Instant now) {
    EnergyDecision decision = before.decision();
    Hysteresis.State level = before.hysteresis();
    return new EnergyState(
        now,
        intake.none(before.ledger().paused()),
        new Hysteresis.State(level.level(), now, level.runs(), null, null, null, null),
        Imports.NONE,
        before.curtailment().ended(now),
        before.drainUntil() == null ? null : now.plus(settings.graces().trip()),
        Outlook.NextSun.UNKNOWN,
        new EnergyDecision(
            decision.activation(),
            now,
            decision.reason(),
            decision.powerCap(),
            null,
            null,
            decision.lastChange()));
  }

  private Imports imports(Imports before, Readings readings, EnergyInput input, Instant at) {
    Instant tripSince = before.tripSince();
    double tripWatts = before.tripWatts();
    Instant brownSince = before.brownSince();
    EnergySample newest = readings.newest();
    if (newest != null && input.observation() instanceof Observation.Sampled) {
      double grid = headroom.gridWatts(newest);
      boolean importing = grid > settings.imports().tripWatts();
      tripSince = importing ? (tripSince == null ? at : tripSince) : null;
      tripWatts = importing ? grid : 0;
      brownSince = grid > brownWatts() ? (brownSince == null ? at : brownSince) : null;
    }
    boolean drawing =
        switch (input.ownDraw()) {
          case Reading.Known<Watts> known -> known.value().value() > DRAWING_MIN_WATTS;
          case Reading.Unknown<Watts> _ -> input.engine() != EngineStatus.ABSENT;
        };
    Instant sustainedSince = null;
    brownSince = drawing ? brownSince : null;
    double mean = 0;
    if (drawing) {
      Statistics grid = readings.grid().over(at);
      mean = grid.mean();
      if (grid.count() > 0 && mean > settings.imports().toleranceWatts()) {
        sustainedSince = before.sustainedSince() == null ? at : before.sustainedSince();
      }
    }
    return new Imports(tripSince, tripWatts, sustainedSince, brownSince, mean);
  }

  private Curtailment curtailment(
      EnergyState before,
      Readings readings,
      Headroom.@Nullable Estimate estimate,
      EnergyInput input,
      Instant at) {
    EnergySample newest = readings.newest();
    boolean fresh =
        input.observation() instanceof Observation.Sampled && readings.problem() == null;
    if (newest == null || estimate == null || !fresh) {
      return before.curtailment();
    }
    Curtailment.View view =
        new Curtailment.View(
            newest,
            headroom.gridWatts(newest),
            requireNonNull(readings.band()),
            estimate,
            before.hysteresis(),
            before.decision().since());
    return before.curtailment().step(view, settings, at);
  }

  /// The import that counts as ours. A battery's inverter regulates around zero and lets a few
  /// watts pass all the time.
  private double brownWatts() {
    return settings.battery() == null ? GRID_NOISE_WATTS : settings.imports().toleranceWatts();
  }

  /// Whether the grid fed our engine without a break for window and off delay, by whatever steps;
  /// with the grace of a trip that keeps design promise 1.
  private boolean lastingImport(Imports imports, Instant at) {
    Duration limit = settings.sampling().window().plus(settings.delays().off());
    return imports.sustained(settings.delays().off(), at)
        || (imports.brownSince() != null && !at.isBefore(imports.brownSince().plus(limit)));
  }

  /// The headroom of the window, or the reason why it is unknown; exactly one of the two.
  private record Assessment(Headroom.@Nullable Estimate estimate, @Nullable Reason unknown) {}

  private Assessment assess(Readings readings, Instant at) {
    EnergySettings.Sampling sampling = settings.sampling();
    EnergySample newest = readings.newest();
    if (newest == null) {
      return new Assessment(null, new Reason.NoReading(adapterInWords(), null, readings.problem()));
    }
    Duration age = Duration.between(newest.receivedAt(), at);
    if (age.compareTo(sampling.ageMax()) > 0) {
      return new Assessment(null, new Reason.NoReading(newest.device(), age, readings.problem()));
    }
    Statistics surplus = readings.surplus().over(at);
    if (!readings.offered() && surplus.newestAge().compareTo(sampling.ageMax()) > 0) {
      return new Assessment(null, new Reason.GridUnknown(newest.device()));
    }
    if (!surplus.known(sampling.coverageMin(), sampling.ageMax())) {
      return new Assessment(
          null,
          new Reason.Collecting(surplus.coverage(), sampling.coverageMin(), sampling.window()));
    }
    Statistics production = readings.production().over(at);
    return new Assessment(
        headroom.estimate(
            surplus,
            readings.spare().over(at),
            production.count() == 0 ? null : production,
            requireNonNull(readings.band()),
            Headroom.Charge.of(newest, readings.ledger())),
        null);
  }

  private @Nullable Reason trip(
      EnergyState before,
      Readings readings,
      Imports imports,
      Assessment assessment,
      EnergyInput input,
      Instant at) {
    if (input.engine() == EngineStatus.BROKEN) {
      return new Reason.EngineBroken();
    }
    EnergySample newest = readings.newest();
    if (newest != null && !newest.sourceKind().canBeRenewable()) {
      return new Reason.NotRenewable(newest.sourceKind());
    }
    if (assessment.unknown() != null) {
      return assessment.unknown();
    }
    if (readings.islandBegan()) {
      return new Reason.Islanded();
    }
    EnergyDecision decision = before.decision();
    EnergySettings.ImportLimits limits = settings.imports();
    // While nothing is loaded, import only means that the house is on the grid, as at night.
    if (imports.tripSince() != null && decision.activation() != Activation.OFF) {
      Duration importing = Duration.between(imports.tripSince(), at);
      if (importing.compareTo(limits.tripAfter()) >= 0) {
        return new Reason.Importing(imports.tripWatts(), limits.tripWatts(), importing);
      }
    }
    Duration loading = settings.graces().loading();
    if (decision.activation() == Activation.WARMING
        && input.engine() != EngineStatus.READY
        && !at.isBefore(decision.since().plus(loading))) {
      return new Reason.LoadingTooLong(loading);
    }
    return null;
  }

  private Hysteresis.Signal.Power power(
      Imports imports, Headroom.Estimate estimate, double later, Instant at) {
    double total = estimate.mean() + estimate.stored();
    boolean mayLoad =
        Double.isNaN(later)
            || settings.payback().worthLoading(total, later, settings.delays().minimumOn());
    return new Hysteresis.Signal.Power(
        estimate.mean(),
        estimate.minimum(),
        canReduce() ? total : Double.NEGATIVE_INFINITY,
        canReduce() ? estimate.minimum() + estimate.stored() : Double.NEGATIVE_INFINITY,
        imports.meanWatts() > GRID_NOISE_WATTS,
        lastingImport(imports, at),
        mayLoad);
  }

  private boolean canReduce() {
    return settings.engine().reducedWatts() > 0;
  }

  /// By persistence, or by the site's history where that expects less.
  private double headroomAtUnloading(
      Readings readings, Headroom.Estimate estimate, Expectation expected, Instant at) {
    EnergySample newest = requireNonNull(readings.newest());
    Duration ahead = settings.delays().minimumOn();
    double total = estimate.mean() + estimate.stored();
    double production = readings.production().over(at).mean();
    double persisting = outlook.later(newest.sourceKind(), total, production, at, ahead);
    double spare = readings.surplus().over(at).mean();
    double change = expected.spareAfter(spare, ahead, at) - spare;
    return Double.isNaN(change) ? persisting : Math.min(persisting, total + change);
  }

  private Activation activation(EnergyState before, Level level, EngineStatus engine, Instant at) {
    boolean ready = engine == EngineStatus.READY;
    Activation running = level == Level.FULL ? Activation.FULL : Activation.REDUCED;
    return switch (before.decision().activation()) {
      case OFF -> level == Level.OFF ? Activation.OFF : Activation.WARMING;
      // Nothing is being answered yet, so there is nothing to drain.
      case WARMING -> level == Level.OFF ? Activation.OFF : ready ? running : Activation.WARMING;
      case FULL, REDUCED -> {
        if (level != Level.OFF) {
          yield ready ? running : Activation.WARMING;
        }
        yield engine == EngineStatus.ABSENT ? Activation.OFF : Activation.DRAINING;
      }
      case DRAINING -> {
        Instant until = before.drainUntil();
        boolean over = engine == EngineStatus.ABSENT || until == null || !at.isBefore(until);
        yield over ? Activation.OFF : Activation.DRAINING;
      }
    };
  }

  private Instant drainUntil(
      @Nullable Instant before, Readings readings, @Nullable Reason trip, Instant at) {
    EnergySample newest = readings.newest();
    boolean feeding = newest != null && headroom.gridWatts(newest) > brownWatts();
    Duration grace = trip != null || feeding ? settings.graces().trip() : settings.graces().drain();
    Instant until = at.plus(grace);
    return before != null && before.isBefore(until) ? before : until;
  }

  private EnergyDecision decision(
      EnergyDecision before,
      Activation to,
      Reason reason,
      Level level,
      Headroom.@Nullable Estimate estimate,
      Readings readings,
      Instant at) {
    boolean changed = before.activation() != to;
    EnergySample sample = readings.newest();
    if (sample != null
        && Duration.between(sample.receivedAt(), at).compareTo(settings.sampling().ageMax()) > 0) {
      sample = null;
    }
    Watts cap =
        switch (to) {
          case OFF -> Watts.ZERO;
          case DRAINING -> before.powerCap();
          case WARMING, FULL, REDUCED ->
              new Watts(
                  level == Level.FULL
                      ? settings.engine().fullWatts()
                      : settings.engine().reducedWatts());
        };
    return new EnergyDecision(
        to,
        changed ? at : before.since(),
        reason,
        cap,
        estimate,
        sample,
        changed
            ? new EnergyDecision.Change(before.activation(), to, at, reason)
            : before.lastChange());
  }

  private String adapterInWords() {
    return "adapter '" + settings.adapter() + "'";
  }
}
