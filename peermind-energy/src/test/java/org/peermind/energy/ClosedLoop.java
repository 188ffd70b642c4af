// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ExpectedPower;
import org.peermind.protocol.Watts;

/// An energy path and an engine that obeys it, stepped once a second: loading takes 8 s at 80 W,
/// full operation draws 250 W, reduced 120 W, and unloading is done within the second.
final class ClosedLoop {
  private static final int LOADING_SECONDS = 8;

  /// Averaging window, off delay and 5 s (design promise 1).
  private static final int PROMISE_SECONDS = 45 + 60 + 5;

  /// A site that sees what the engine draws.
  @FunctionalInterface
  interface Site {
    EnergySample read(Instant now) throws EnergyAdapterException;
  }

  final List<EnergyDecision.Change> changes = new ArrayList<>();
  private final EnergyPath path;
  private Site site =
      _ -> {
        throw new EnergyAdapterException("no site");
      };
  EnergyState state;
  Instant now;
  EngineStatus engine = EngineStatus.ABSENT;
  double ownWatts;
  double ownJoules;
  double servedJoules;
  double brownJoules;
  double brownJoulesBeyondPromise;
  double renewableJoulesOffered;
  int brownSecondsInARow;
  int brownSecondsInARowMax;
  private int loadingSeconds;

  ClosedLoop(EnergySettings settings, Instant start) {
    path = new EnergyPath(settings);
    state = path.initial(start);
    now = start;
  }

  ClosedLoop at(Site newSite) {
    site = newSite;
    return this;
  }

  ClosedLoop at(EnergyAdapter adapter) {
    return at(adapter::read);
  }

  Activation activation() {
    return state.decision().activation();
  }

  Optional<Watts> nextHour() {
    return path.nextHour(state, Expectation.UNKNOWN).map(ExpectedPower::p50);
  }

  String sentence() {
    return state.decision().reason().sentence();
  }

  Watts ownDraw() {
    return new Watts(ownWatts);
  }

  /// Lets time pass in steps of one second.
  ClosedLoop run(Duration duration) {
    for (long second = 0; second < duration.toSeconds(); second++) {
      second();
    }
    return this;
  }

  /// Runs until `wanted`, at most `limit`; returns how long it took.
  Duration runUntil(Activation wanted, Duration limit) {
    Instant start = now;
    while (activation() != wanted) {
      if (Duration.between(start, now).compareTo(limit) >= 0) {
        throw new AssertionError(
            "%s not reached within %s: %s, %s".formatted(wanted, limit, activation(), sentence()));
      }
      second();
    }
    return Duration.between(start, now);
  }

  private void second() {
    now = now.plusSeconds(1);
    EnergyInput input;
    try {
      EnergySample sample = site.read(now);
      account(sample);
      input = EnergyInput.sampled(sample, ownWatts, engine);
    } catch (EnergyAdapterException problem) {
      input = EnergyInput.failed(problem.sentence(), ownWatts, now, engine);
    }
    step(input);
  }

  void step(EnergyInput input) {
    Activation before = activation();
    state = path.step(state, input, now);
    if (activation() != before) {
      changes.add(state.decision().change().orElseThrow());
    }
    obey();
  }

  private void obey() {
    switch (activation()) {
      case OFF -> engine(EngineStatus.ABSENT, 0);
      case WARMING -> {
        loadingSeconds++;
        engine(loadingSeconds >= LOADING_SECONDS ? EngineStatus.READY : EngineStatus.LOADING, 80);
      }
      case FULL -> engine(EngineStatus.READY, 250);
      case REDUCED -> engine(EngineStatus.READY, 120);
      case DRAINING -> engine(EngineStatus.READY, ownWatts);
    }
  }

  private void engine(EngineStatus status, double watts) {
    engine = status;
    ownWatts = watts;
    if (status == EngineStatus.ABSENT) {
      loadingSeconds = 0;
    }
  }

  private void account(EnergySample sample) {
    double grid = watts(sample.grid());
    double brown = Math.min(ownWatts, Math.max(0, grid));
    ownJoules += ownWatts;
    brownJoules += brown;
    brownSecondsInARow = brown > 0 ? brownSecondsInARow + 1 : 0;
    brownJoulesBeyondPromise += brownSecondsInARow > PROMISE_SECONDS ? brown : 0;
    servedJoules +=
        switch (activation()) {
          case FULL, REDUCED, DRAINING -> ownWatts;
          case OFF, WARMING -> 0;
        };
    brownSecondsInARowMax = Math.max(brownSecondsInARowMax, brownSecondsInARow);
    renewableJoulesOffered += Math.clamp(ownWatts - grid, 0, 250);
  }

  private static double watts(Reading<Watts> reading) {
    return reading.known().map(Watts::value).orElse(0.0);
  }

  /// How often a model was loaded.
  long loads() {
    return changes.stream().filter(change -> change.to() == Activation.WARMING).count();
  }
}
