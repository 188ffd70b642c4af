// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.AdapterFactory;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.energy.spi.SourceKind;

/// A site that does not exist: PV under seeded clouds, a house, a grid, perhaps a battery. Every
/// sample says so ([Origin#SIMULATED], [Quality#SYNTHETIC]).
///
/// Production and house load depend on seed and time alone. The battery and with it the grid also
/// depend on what our engine drew since the first read.
public final class SimulatedAdapter implements EnergyAdapter {
  static final String NAME = "simulated";
  private static final double STANDARD_IRRADIANCE = 1000;
  private static final double LOAD_WOBBLE = 0.1;
  private static final int LOAD_STREAM = 11;
  private static final Duration BATTERY_STEP = Duration.ofSeconds(60);
  private static final Duration BATTERY_CATCH_UP_MAX = Duration.ofDays(2);

  private final Duration pollInterval;
  private final SimulatedSky sky;
  private final long seed;
  private final double peakWatts;
  private final double baseLoadWatts;
  private final @Nullable SimulatedBattery battery;
  private final OwnDraw ownDraw;
  private @Nullable Instant lastRead;

  private SimulatedAdapter(
      Duration pollInterval,
      SimulatedSky sky,
      long seed,
      double peakWatts,
      double baseLoadWatts,
      @Nullable SimulatedBattery battery,
      OwnDraw ownDraw) {
    this.pollInterval = pollInterval;
    this.sky = sky;
    this.seed = seed;
    this.peakWatts = peakWatts;
    this.baseLoadWatts = baseLoadWatts;
    this.battery = battery;
    this.ownDraw = ownDraw;
  }

  /// Reads the section `energy.simulated`.
  public static final class Factory implements AdapterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public EnergyAdapter create(SettingsReader settings, AdapterContext context) {
      Optional<Place> place = context.knownPlace();
      long seed = settings.whole("seed", 1);
      double peak = settings.watts("peak", 5_000).value();
      double baseLoad = settings.watts("base-load", 300).value();
      double cloudiness = settings.percent("cloudiness", 30) / 100;
      double flicker = settings.percent("flicker", 30) / 100;
      SimulatedBattery battery =
          settings.section("battery").map(section -> battery(section)).orElse(null);
      if (peak <= 0) {
        settings.problem("peak", "must be positive, as in 5 kW");
      }
      if (baseLoad < 0) {
        settings.problem("base-load", "must not be negative");
      }
      settings.finish();
      Place where =
          place.orElseThrow(
              () ->
                  new SettingsException(
                      "The simulated site needs energy.place.latitude and energy.place.longitude to"
                          + " know where the sun is."));
      return new SimulatedAdapter(
          context.pollInterval(),
          new SimulatedSky(where, seed, cloudiness, flicker),
          seed,
          peak,
          baseLoad,
          battery,
          context.ownDraw());
    }

    private static SimulatedBattery battery(SettingsReader section) {
      double capacity = section.wattHours("capacity", 5_000);
      double power = section.watts("power-max", capacity / 2).value();
      double floor = section.percent("floor", 10);
      double start = section.percent("start", 50);
      if (capacity <= 0 || power <= 0) {
        section.problem("capacity", "and power-max must be positive");
        return new SimulatedBattery(1, 1, 0, 0);
      }
      return new SimulatedBattery(capacity, power, floor, start);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration pollInterval() {
    return pollInterval;
  }

  @Override
  public EnergySample read(Instant now) {
    double own = ownDraw.at(now).value();
    double production = production(now);
    double load = baseLoad(now) + own;
    EnergySample.Builder sample =
        EnergySample.builder("the simulated site", Origin.SIMULATED, now)
            .quality(Quality.SYNTHETIC)
            .sourceKind(SourceKind.PV)
            .gridConnection(GridConnection.CONNECTED)
            .deviceTime(now)
            .productionWatts(production)
            .loadWatts(load);
    if (battery == null) {
      return sample.gridWatts(load - production).build();
    }
    catchUp(battery, own, now);
    double charging = battery.power(production - load);
    return sample
        .gridWatts(load + charging - production)
        .batteryWatts(charging)
        .stateOfChargePercent(battery.stateOfChargePercent())
        .build();
  }

  private void catchUp(SimulatedBattery storage, double own, Instant now) {
    Instant from = lastRead;
    lastRead = now;
    if (from == null || !from.isBefore(now)) {
      return;
    }
    Instant earliest = now.minus(BATTERY_CATCH_UP_MAX);
    Instant at = from.isBefore(earliest) ? earliest : from;
    while (at.isBefore(now)) {
      Instant next = at.plus(BATTERY_STEP);
      Instant end = next.isBefore(now) ? next : now;
      double watts = storage.power(production(at) - baseLoad(at) - own);
      storage.advance(watts, Duration.between(at, end).toNanos() / 1e9);
      at = end;
    }
  }

  private double production(Instant at) {
    return Math.min(peakWatts, peakWatts * sky.irradiance(at) / STANDARD_IRRADIANCE);
  }

  private double baseLoad(Instant at) {
    double wobble = 2 * Noise.uniform(seed, LOAD_STREAM, at.getEpochSecond()) - 1;
    return baseLoadWatts * (1 + LOAD_WOBBLE * wobble);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
