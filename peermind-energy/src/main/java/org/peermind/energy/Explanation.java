// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyState.Imports;
import org.peermind.energy.EnergyState.Readings;
import org.peermind.energy.Hysteresis.Level;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Activation;

/// Finds the reason for a step that was decided by headroom, not by a trip.
record Explanation(
    EnergySettings settings,
    Headroom headroom,
    Hysteresis hysteresis,
    EnergyState before,
    Readings readings,
    Imports imports,
    Outlook.NextSun nextSun,
    Instant at) {

  Reason of(
      Headroom.Estimate estimate, Hysteresis.State level, double later, Activation activation) {
    Level from = before.hysteresis().level();
    if (level.level() == from) {
      return switch (from) {
        case OFF ->
            activation == Activation.DRAINING
                ? before.decision().reason()
                : whyStillOff(estimate, level, later);
        case REDUCED -> whyReduced(estimate, level);
        case FULL -> whyFull(estimate, level);
      };
    }
    return switch (level.level()) {
      case OFF -> whyNowOff(estimate, from);
      case REDUCED -> from == Level.FULL ? below(estimate) : whyReduced(estimate, level);
      case FULL ->
          new Reason.HeadroomAbove(
              estimate.mean(), settings.full().upperWatts(), since(level.fullAbove()));
    };
  }

  private Reason whyNowOff(Headroom.Estimate estimate, Level from) {
    if (imports.sustained(settings.delays().off(), at)) {
      return new Reason.Importing(
          imports.meanWatts(),
          settings.imports().toleranceWatts(),
          since(imports.sustainedSince()));
    }
    return from == Level.FULL ? below(estimate) : belowReduced(estimate);
  }

  private Reason below(Headroom.Estimate estimate) {
    return new Reason.HeadroomBelow(
        estimate.mean(), settings.full().lowerWatts(), since(before.hysteresis().fullBelow()));
  }

  private Reason belowReduced(Headroom.Estimate estimate) {
    return new Reason.HeadroomBelow(
        total(estimate),
        settings.reduced().lowerWatts(),
        since(before.hysteresis().reducedBelow()));
  }

  private Reason whyFull(Headroom.Estimate estimate, Hysteresis.State level) {
    double needed = settings.full().lowerWatts();
    return level.fullBelow() == null
        ? new Reason.Enough(estimate.mean(), needed)
        : new Reason.HeadroomBelow(estimate.mean(), needed, since(level.fullBelow()));
  }

  private Reason whyReduced(Headroom.Estimate estimate, Hysteresis.State level) {
    double needed = settings.reduced().lowerWatts();
    if (level.reducedBelow() != null) {
      return new Reason.HeadroomBelow(total(estimate), needed, since(level.reducedBelow()));
    }
    Percent charge = stateOfCharge();
    if (estimate.stored() > 0 && estimate.mean() < needed && charge != null) {
      return new Reason.OnBattery(charge.value(), total(estimate));
    }
    return new Reason.Enough(total(estimate), needed);
  }

  private Reason whyStillOff(Headroom.Estimate estimate, Hysteresis.State level, double later) {
    boolean full = level.fullAbove() != null;
    if (full || level.reducedAbove() != null) {
      return whyNotYetOn(estimate, level, full, later);
    }
    if (readings.band() == Headroom.Band.BELOW_RESERVE) {
      Percent charge = stateOfCharge();
      return charge == null
          ? new Reason.BatteryUnknown()
          : new Reason.BatteryBelowReserve(
              charge.value(),
              headroom.reservePercent(
                  Headroom.Charge.of(requireNonNull(readings.newest()), readings.ledger())));
    }
    double needed = settings.full().upperWatts();
    return nextSun.nightAt(at)
        ? new Reason.Night(
            estimate.mean(),
            needed,
            nextSun.at(),
            settings.place() == null ? ZoneOffset.UTC : settings.place().zone())
        : new Reason.HeadroomBelow(estimate.mean(), needed, Duration.ZERO);
  }

  private Reason whyNotYetOn(
      Headroom.Estimate estimate, Hysteresis.State level, boolean full, double later) {
    double watts = full ? estimate.mean() : total(estimate);
    Duration off = since(level.since());
    if (off.compareTo(settings.delays().minimumOff()) < 0) {
      return new Reason.Resting(watts, off, settings.delays().minimumOff());
    }
    if (!Double.isNaN(later)) {
      return new Reason.NotWorthLoading(watts, later, settings.delays().minimumOn());
    }
    return new Reason.Waiting(
        watts,
        full ? settings.full().upperWatts() : settings.reduced().upperWatts(),
        since(full ? level.fullAbove() : level.reducedAbove()),
        hysteresis.onDelay(level));
  }

  private @Nullable Percent stateOfCharge() {
    EnergySample newest = readings.newest();
    return newest != null && newest.stateOfCharge() instanceof Reading.Known<Percent> known
        ? known.value()
        : null;
  }

  private Duration since(@Nullable Instant start) {
    return start == null ? Duration.ZERO : Duration.between(start, at);
  }

  private static double total(Headroom.Estimate estimate) {
    return estimate.mean() + estimate.stored();
  }
}
