// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.util.List;
import org.peermind.energy.Hysteresis.Thresholds;

/// What settings must satisfy, whoever built them: one sentence per broken rule, naming the key.
final class SettingsRules {
  private SettingsRules() {}

  static void check(
      List<String> problems,
      EnergySettings.Sampling sampling,
      EnergySettings.EnginePower engine,
      Thresholds full,
      Thresholds reduced,
      Hysteresis.Delays delays,
      EnergySettings.Graces graces,
      EnergySettings.ImportLimits imports,
      EnergySettings.Margin margin,
      SampleCheck.Limits limits) {
    within(problems, "poll", sampling.poll(), Duration.ofMillis(200), Duration.ofSeconds(15));
    within(problems, "window", sampling.window(), Duration.ofSeconds(30), Duration.ofSeconds(60));
    within(problems, "coverage", 100 * sampling.coverageMin(), 50, 100, "%");
    within(problems, "max-age", sampling.ageMax(), Duration.ofSeconds(1), Duration.ofSeconds(30));
    if (sampling.ageMax().compareTo(sampling.poll()) < 0) {
      problems.add("energy.max-age must not be shorter than energy.poll.");
    }
    within(problems, "on-delay", delays.on(), Duration.ofSeconds(10), Duration.ofMinutes(30));
    within(problems, "off-delay", delays.off(), Duration.ofSeconds(5), Duration.ofSeconds(180));
    within(problems, "min-on", delays.minimumOn(), Duration.ZERO, Duration.ofHours(2));
    within(problems, "min-off", delays.minimumOff(), Duration.ofSeconds(10), Duration.ofHours(2));
    within(problems, "trip-grace", graces.trip(), Duration.ZERO, Duration.ofSeconds(5));
    within(problems, "drain-grace", graces.drain(), Duration.ZERO, Duration.ofMinutes(5));
    within(problems, "load-timeout", graces.loading(), Duration.ofSeconds(10), Duration.ofHours(1));
    within(problems, "import-trip", imports.tripWatts(), 0, 5_000, "W");
    within(
        problems,
        "import-trip-after",
        imports.tripAfter(),
        Duration.ofSeconds(1),
        Duration.ofSeconds(60));
    within(problems, "import-tolerance", imports.toleranceWatts(), 0, 200, "W");
    within(problems, "margin", margin.minWatts(), 0, 10_000, "W");
    within(problems, "margin-share", 100 * margin.productionShare(), 0, 50, "%");
    within(problems, "margin-deviations", margin.deviations(), 0, 5, "");
    within(problems, "engine.full-power", engine.fullWatts(), 1, 100_000, "W");
    within(problems, "engine.reduced-power", engine.reducedWatts(), 0, engine.fullWatts(), "W");
    atLeast(problems, "lower", full.lowerWatts(), "engine.full-power", engine.fullWatts());
    atLeast(
        problems,
        "reduced-lower",
        reduced.lowerWatts(),
        "engine.reduced-power",
        engine.reducedWatts());
    within(problems, "nameplate", limits.productionWatts(), 1, 1e8, "W");
    within(problems, "connection", limits.siteWatts(), 1, 1e8, "W");
  }

  static void check(List<String> problems, Curtailment.Rules probing) {
    within(problems, "probe-attempts", probing.attemptsPerHour(), 0, 12, "");
    if (!Double.isNaN(probing.exportLimitWatts())) {
      within(problems, "export-limit", probing.exportLimitWatts(), 0, 1e8, "W");
    }
  }

  static void check(List<String> problems, BatterySettings battery) {
    within(problems, "battery.capacity", battery.capacityWattHours(), 1, 1e8, "Wh");
    within(problems, "battery.charge-max", battery.chargeMaxWatts(), 1, 1e7, "W");
    within(problems, "battery.discharge-max", battery.dischargeMaxWatts(), 1, 1e7, "W");
    within(problems, "battery.efficiency", 100 * battery.efficiency(), 10, 100, "%");
    within(
        problems, "battery.horizon", battery.horizon(), Duration.ofMinutes(10), Duration.ofDays(3));
    within(problems, "battery.reserve", battery.reservePercent(), 0, 98, "%");
    within(problems, "battery.priority", battery.priorityPercent(), 0, 98, "%");
    within(problems, "battery.buffer", battery.bufferPercent(), 0, 98, "%");
    if (!(battery.reservePercent() <= battery.priorityPercent()
        && battery.priorityPercent() <= battery.bufferPercent())) {
      problems.add(
          "energy.battery.reserve, .priority and .buffer must rise in this order, not %s, %s, %s %%."
              .formatted(
                  number(battery.reservePercent()),
                  number(battery.priorityPercent()),
                  number(battery.bufferPercent())));
    }
  }

  private static void atLeast(
      List<String> problems, String key, double value, String floorKey, double floor) {
    if (!(value >= floor)) {
      problems.add(
          "energy.%s is %s W but must be at least energy.%s (%s W), or the engine would run on grid power."
              .formatted(key, number(value), floorKey, number(floor)));
    }
  }

  private static void within(
      List<String> problems, String key, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      problems.add(
          "energy.%s must lie within %s and %s s, not %s s."
              .formatted(key, seconds(least), seconds(most), seconds(value)));
    }
  }

  private static void within(
      List<String> problems, String key, double value, double least, double most, String unit) {
    if (!(value >= least && value <= most)) {
      problems.add(
          "energy.%s must lie within %s and %s, not %s."
              .formatted(key, number(least), (number(most) + " " + unit).strip(), number(value)));
    }
  }

  private static String seconds(Duration duration) {
    return number(duration.toMillis() / 1e3);
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
