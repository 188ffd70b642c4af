// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import org.peermind.energy.EnergyInput.Observation;
import org.peermind.energy.EnergyState.Readings;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// Takes what a poll gave into the readings of the energy path: checked, averaged, and booked in
/// the battery's ledger.
record Intake(EnergySettings settings, SampleCheck check, Headroom headroom) {
  static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  /// Nothing read yet.
  Readings none(BatteryLedger ledger) {
    EnergySettings.Sampling sampling = settings.sampling();
    RollingAverage empty = RollingAverage.empty(sampling.window(), sampling.ageMax());
    return new Readings(
        SampleCheck.Memory.EMPTY,
        empty,
        empty,
        empty,
        empty,
        null,
        false,
        null,
        null,
        ledger,
        false);
  }

  Readings observe(Readings before, EnergyInput input, Instant at) {
    return switch (input.observation()) {
      case Observation.Nothing() -> before.withoutIslandBegan();
      case Observation.Failed(String sentence) -> before.withProblem(before.memory(), sentence);
      case Observation.Sampled(EnergySample sample) ->
          switch (check.check(before.memory(), sample, at)) {
            case SampleCheck.Outcome.Refused(String why, SampleCheck.Memory memory) ->
                before.withProblem(memory, why);
            case SampleCheck.Outcome.Accepted(EnergySample checked, SampleCheck.Memory memory) ->
                accept(before, memory, checked, input, at);
          };
    };
  }

  private Readings accept(
      Readings before,
      SampleCheck.Memory memory,
      EnergySample sample,
      EnergyInput input,
      Instant at) {
    EnergySample newest = before.newest();
    if (newest != null
        && sample.receivedAt().isBefore(newest.receivedAt().minus(CLOCK_TOLERANCE))) {
      return before.withoutIslandBegan(); // overtaken by a later answer
    }
    boolean islanded = sample.gridConnection() == GridConnection.ISLANDED;
    boolean islandBegan =
        islanded && newest != null && newest.gridConnection() != GridConnection.ISLANDED;
    BatteryLedger ledger = book(before.ledger(), sample, at);
    Headroom.Band band = headroom.band(before.band(), Headroom.Charge.of(sample, ledger));
    double own = input.ownDraw().known().map(Watts::value).orElse(0.0);
    Headroom.Offer offer = headroom.offer(sample, Math.max(0, own));
    if (offer == null) {
      return new Readings(
          memory,
          before.surplus(),
          before.spare(),
          before.production(),
          before.grid(),
          sample,
          false,
          null,
          band,
          ledger,
          islandBegan);
    }
    RollingAverage production =
        sample.production() instanceof Reading.Known<Watts> known
            ? before.production().add(at, known.value().value())
            : before.production();
    double grid = headroom.gridWatts(sample);
    return new Readings(
        memory,
        before.surplus().add(at, offer.surplus()),
        before.spare().add(at, offer.spare()),
        production,
        Double.isNaN(grid) ? before.grid() : before.grid().add(at, grid),
        sample,
        true,
        null,
        band,
        ledger,
        islandBegan);
  }

  private BatteryLedger book(BatteryLedger before, EnergySample sample, Instant at) {
    BatterySettings battery = settings.battery();
    if (battery == null) {
      return before;
    }
    BatteryLedger.Flow flow =
        BatteryLedger.Flow.of(
            sample.battery().known().map(Watts::value).orElse(Double.NaN),
            headroom.gridWatts(sample),
            sample.sourceKind().canBeRenewable());
    double charge = sample.stateOfCharge().known().map(Percent::value).orElse(Double.NaN);
    return before.book(battery, flow, charge, settings.sampling().ageMax(), at);
  }
}
