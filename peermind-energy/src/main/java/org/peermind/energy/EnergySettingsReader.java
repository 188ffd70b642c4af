// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Hysteresis.Thresholds;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.SettingsReader;

/// Reads the `energy` section; each key is asked for in one place, with its default.
final class EnergySettingsReader {
  private final Map<String, ?> yaml;
  private final SettingsReader settings;
  private final Adapters adapters;

  EnergySettingsReader(Map<String, ?> yaml, Adapters adapters) {
    this.yaml = yaml;
    this.settings = SettingsReader.of("energy", yaml);
    this.adapters = adapters;
  }

  EnergySettings read() {
    String adapter = settings.text("adapter", "simulated");
    adapters.names().forEach(settings::has); // each adapter's own section may stay in the file
    if (!adapters.names().contains(adapter)) {
      settings.problem(
          "adapter",
          "names the unknown energy adapter '%s': known are %s"
              .formatted(adapter, String.join(", ", adapters.names())));
    }
    Place place = settings.section("place").map(EnergySettingsReader::place).orElse(null);
    EnergySettings.Sampling sampling = sampling(adapter);
    EnergySettings.EnginePower engine =
        settings
            .section("engine")
            .map(section -> engine(section))
            .orElse(new EnergySettings.EnginePower(250, 120));
    Thresholds full = thresholds("upper", engine.fullWatts() + 20, "lower", engine.fullWatts());
    Thresholds reduced =
        thresholds(
            "reduced-upper", engine.reducedWatts() + 20, "reduced-lower", engine.reducedWatts());
    Hysteresis.Delays delays = delays();
    EnergySettings.Graces graces = graces();
    EnergySettings.ImportLimits imports = imports();
    EnergySettings.Margin margin =
        new EnergySettings.Margin(
            settings.watts("margin", 15).value(),
            settings.percent("margin-share", 2) / 100,
            settings.number("margin-deviations", 0.5));
    BatterySettings battery =
        settings.section("battery").map(EnergySettingsReader::battery).orElse(null);
    SampleCheck.Limits limits = limits(battery);
    Payback payback =
        new Payback(
            Math.max(0, settings.joules("load-energy", 20_000)),
            Math.max(0, settings.joules("job-energy", 5_000)));
    Curtailment.Rules probing =
        new Curtailment.Rules(
            (int) Math.round(settings.number("probe-attempts", 2)),
            settings.has("export-limit") ? settings.watts("export-limit", 0).value() : Double.NaN);
    settings.finish();
    return new EnergySettings(
        adapter,
        adapterSection(adapter),
        place,
        sampling,
        engine,
        full,
        reduced,
        delays,
        graces,
        imports,
        margin,
        limits,
        payback,
        probing,
        battery);
  }

  private Hysteresis.Delays delays() {
    return new Hysteresis.Delays(
        settings.duration("on-delay", Duration.ofSeconds(60)),
        settings.duration("off-delay", Duration.ofSeconds(60)),
        settings.duration("min-on", Duration.ofMinutes(5)),
        settings.duration("min-off", Duration.ofMinutes(5)));
  }

  private EnergySettings.Graces graces() {
    return new EnergySettings.Graces(
        settings.duration("trip-grace", Duration.ofSeconds(4)),
        settings.duration("drain-grace", Duration.ofSeconds(30)),
        settings.duration("load-timeout", Duration.ofMinutes(10)));
  }

  private EnergySettings.ImportLimits imports() {
    return new EnergySettings.ImportLimits(
        settings.watts("import-trip", 150).value(),
        settings.duration("import-trip-after", Duration.ofSeconds(10)),
        settings.watts("import-tolerance", 20).value());
  }

  private EnergySettings.Sampling sampling(String adapter) {
    Duration poll = settings.duration("poll", Duration.ofSeconds(2));
    Duration slowest = adapters.slowestPoll(adapter, adapterSection(adapter));
    // Twice the poll interval; below 5 s a single lost answer would unload the model.
    Duration twice = (slowest.compareTo(poll) > 0 ? slowest : poll).multipliedBy(2);
    Duration ageMax = twice.compareTo(Duration.ofSeconds(5)) < 0 ? Duration.ofSeconds(5) : twice;
    if (ageMax.compareTo(Duration.ofSeconds(30)) > 0) {
      ageMax = Duration.ofSeconds(30);
    }
    return new EnergySettings.Sampling(
        poll,
        settings.duration("window", Duration.ofSeconds(45)),
        settings.percent("coverage", 80) / 100,
        settings.duration("max-age", ageMax));
  }

  private static EnergySettings.EnginePower engine(SettingsReader section) {
    double full = section.watts("full-power", 250).value();
    return new EnergySettings.EnginePower(
        full,
        section.watts("reduced-power", Math.min(120, full)).value(),
        section.flag("meter", true));
  }

  private Thresholds thresholds(
      String upperKey, double upperOtherwise, String lowerKey, double lowerOtherwise) {
    double lower = settings.watts(lowerKey, lowerOtherwise).value();
    double upper = settings.watts(upperKey, Math.max(upperOtherwise, lower + 20)).value();
    if (lower < 0) {
      settings.problem(lowerKey, "must not be negative");
      return new Thresholds(upperOtherwise, lowerOtherwise);
    }
    if (upper <= lower) {
      settings.problem(
          upperKey, "(%s W) must exceed energy.%s (%s W)".formatted(upper, lowerKey, lower));
      return new Thresholds(lower + 1, lower);
    }
    return new Thresholds(upper, lower);
  }

  private SampleCheck.Limits limits(@Nullable BatterySettings battery) {
    double nameplate = settings.watts("nameplate", 50_000).value();
    double connection = settings.watts("connection", 45_000).value();
    double batteryMax =
        battery == null
            ? connection
            : Math.max(battery.chargeMaxWatts(), battery.dischargeMaxWatts());
    return new SampleCheck.Limits(
        SampleCheck.NAMEPLATE_FACTOR * nameplate,
        SampleCheck.NAMEPLATE_FACTOR * batteryMax,
        Math.max(connection, SampleCheck.NAMEPLATE_FACTOR * nameplate));
  }

  private static @Nullable Place place(SettingsReader section) {
    double latitude = section.number("latitude", Double.NaN);
    double longitude = section.number("longitude", Double.NaN);
    String zone = section.text("zone", "UTC");
    ZoneId zoneId = ZoneOffset.UTC;
    try {
      zoneId = ZoneId.of(zone);
    } catch (DateTimeException _) {
      section.problem("zone", "must be a time zone such as Europe/Berlin, not '" + zone + "'");
    }
    if (Double.isNaN(latitude) || Double.isNaN(longitude)) {
      section.problem("latitude", "and longitude must both be given, in degrees");
      return null;
    }
    if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) {
      section.problem("latitude", "or longitude lies outside the globe");
      return null;
    }
    return new Place(latitude, longitude, zoneId);
  }

  private static BatterySettings battery(SettingsReader section) {
    double capacity = section.wattHours("capacity", Double.NaN);
    if (Double.isNaN(capacity)) {
      section.problem("capacity", "must be given, as in 10 kWh");
      capacity = 1_000;
    }
    double half = capacity / 2;
    return new BatterySettings(
        capacity,
        section.watts("charge-max", half).value(),
        section.watts("discharge-max", half).value(),
        section.percent("reserve", 20),
        section.percent("priority", 40),
        section.percent("buffer", 60),
        section.percent("efficiency", 90) / 100,
        section.duration("horizon", Duration.ofHours(4)),
        section.flag("renewable", false));
  }

  private Map<String, Object> adapterSection(String adapter) {
    Map<String, Object> section = new LinkedHashMap<>();
    if (yaml.get(adapter) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> section.put(String.valueOf(key), value));
    }
    return section;
  }
}
