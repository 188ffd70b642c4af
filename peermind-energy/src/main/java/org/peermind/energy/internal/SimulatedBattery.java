// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

/// A battery that stores what the site does not need and gives it back when the site lacks power,
/// down to its floor. It never charges from the grid.
final class SimulatedBattery {
  private static final double ONE_WAY_EFFICIENCY = 0.95;

  private final double capacityWattHours;
  private final double powerMaxWatts;
  private final double floorPercent;
  private double storedWattHours;

  SimulatedBattery(
      double capacityWattHours, double powerMaxWatts, double floorPercent, double startPercent) {
    this.capacityWattHours = capacityWattHours;
    this.powerMaxWatts = powerMaxWatts;
    this.floorPercent = floorPercent;
    this.storedWattHours = capacityWattHours * startPercent / 100;
  }

  /// What it takes (positive) or gives (negative) while the site has `surplusWatts` to spare.
  double power(double surplusWatts) {
    if (surplusWatts >= 0) {
      return storedWattHours >= capacityWattHours ? 0 : Math.min(surplusWatts, powerMaxWatts);
    }
    double floor = capacityWattHours * floorPercent / 100;
    return storedWattHours <= floor ? 0 : Math.max(surplusWatts, -powerMaxWatts);
  }

  /// Lets `seconds` pass at `watts`.
  void advance(double watts, double seconds) {
    double stored = watts >= 0 ? watts * ONE_WAY_EFFICIENCY : watts / ONE_WAY_EFFICIENCY;
    storedWattHours = Math.clamp(storedWattHours + stored * seconds / 3600, 0, capacityWattHours);
  }

  double stateOfChargePercent() {
    return 100 * storedWattHours / capacityWattHours;
  }
}
