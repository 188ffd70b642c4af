// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.MeasuredPower;
import org.peermind.protocol.Watts;

/// What a report says, in plain figures; NaN means unknown.
///
/// @param sun whether the source is one that the sun feeds
/// @param production watts of the renewable source
/// @param productionLeast what the source gives at least: its own figure or, without one, export
///   and charge
/// @param noBattery whether no battery shows in the report
record Claim(
    Instant at,
    boolean sun,
    double production,
    double productionLeast,
    double load,
    double grid,
    double battery,
    double percent,
    double rated,
    double capacityWattHours,
    boolean noBattery,
    boolean throttled,
    @Nullable Instant deviceTime,
    double headroom) {
  private static final String SUN = "pv";

  /// Empty when the report has nothing that could be judged.
  static Optional<Claim> of(HeadroomReport report) {
    MeasuredPower measured = report.measured().orElse(null);
    if (measured == null
        || (measured.production().isEmpty()
            && measured.grid().isEmpty()
            && measured.battery().isEmpty())) {
      return Optional.empty();
    }
    double production = figure(measured.production());
    double grid = figure(measured.grid());
    double battery = figure(measured.battery());
    OptionalDouble percent = report.batteryPercent();
    boolean noBattery = Double.isNaN(battery) && percent.isEmpty();
    double least = Double.isNaN(production) ? (noBattery ? 0 : battery) - grid : production;
    boolean running =
        report.activation() == Activation.FULL || report.activation() == Activation.REDUCED;
    double rated = figure(measured.nameplate());
    double capacity = measured.batteryCapacityWattHours().orElse(Double.NaN);
    return Optional.of(
        new Claim(
            report.at(),
            report.source().equals(SUN),
            production,
            least,
            figure(measured.load()),
            grid,
            battery,
            percent.orElse(Double.NaN),
            rated > 0 ? rated : Double.NaN,
            capacity > 0 ? capacity : Double.NaN,
            noBattery,
            measured.throttled(),
            measured.deviceTime().orElse(null),
            running ? figure(report.headroomMin().or(report::headroomMean)) : Double.NaN));
  }

  private static double figure(Optional<Watts> watts) {
    return watts.map(Watts::value).orElse(Double.NaN);
  }

  /// How far the flows are from adding up, beyond what is allowed; NaN when one is unknown.
  double imbalance() {
    double charge = noBattery ? 0 : battery;
    double open = Math.abs(production + grid - charge - load);
    double largest = Math.max(Math.max(production, Math.abs(grid)), Math.max(load, charge));
    return open - Math.max(70, 0.05 * largest);
  }

  double seconds(Instant since) {
    return Duration.between(since, at).toMillis() / 1e3;
  }
}
