// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Whether a battery's charge follows its power, and how much of what it holds came from the sun,
/// the wind or the water (E4). What it held before the first report counts as green.
final class StoredEnergy {
  private static final double EFFICIENCY = 0.96;
  private static final double ERROR_MAX = 0.10;
  private static final Duration GAP_MAX = Duration.ofMinutes(3);
  private static final Duration WINDOW = Duration.ofHours(24);
  private static final double SECONDS_PER_HOUR = 3_600;

  private @Nullable Instant begunAt;
  private @Nullable Instant before;
  private double percentAtStart;
  private double wattHours;
  private double chargeWatts;
  private double greenWatts;
  private double greenShare = 1;

  /// Takes a reading that is newer than the one before.
  ///
  /// @param battery watts, positive while charging
  /// @param green watts of that charge that did not come from the grid
  /// @return by what share of the capacity charge and power contradict each other; zero while they
  ///   agree
  double take(Instant at, double battery, double green, double percent, double capacityWattHours) {
    Instant last = before;
    Instant begun = begunAt;
    boolean isNew =
        last == null || begun == null || Duration.between(last, at).compareTo(GAP_MAX) > 0;
    if (isNew || Duration.between(begun, at).compareTo(WINDOW) > 0) {
      begunAt = at;
      percentAtStart = percent;
      wattHours = 0;
    }
    if (last != null && !isNew) {
      double hours = Duration.between(last, at).toMillis() / 1e3 / SECONDS_PER_HOUR;
      double change = chargeWatts > 0 ? EFFICIENCY * chargeWatts : chargeWatts / EFFICIENCY;
      wattHours += change * hours;
      mix(EFFICIENCY * greenWatts * hours, change * hours, percent, capacityWattHours);
    }
    before = at;
    chargeWatts = battery;
    greenWatts = Math.clamp(green, 0, Math.max(0, battery));
    double stored = capacityWattHours * (percent - percentAtStart) / 100;
    double error = Math.abs(stored - wattHours) / capacityWattHours;
    if (error <= ERROR_MAX) {
      return 0;
    }
    begunAt = at;
    percentAtStart = percent;
    wattHours = 0;
    return error;
  }

  /// G' = G + green in; discharging takes green and other energy alike.
  private void mix(double greenIn, double change, double percent, double capacityWattHours) {
    double held = Math.max(1, capacityWattHours * percent / 100);
    if (change > 0) {
      double heldBefore = Math.max(0, held - change);
      greenShare = Math.clamp((greenShare * heldBefore + greenIn) / (heldBefore + change), 0, 1);
    }
  }

  /// Share of what the battery holds that did not come from the grid, 0 to 1.
  double greenShare() {
    return greenShare;
  }
}
