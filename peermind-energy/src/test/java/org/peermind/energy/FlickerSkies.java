// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// Days with clouds that flicker within seconds, as production for each second.
final class FlickerSkies {
  static final int DAY_SECONDS = 86_400;
  static final double HOUSE_WATTS = 250;
  static final double PEAK_WATTS = 1_500;

  private static final double CLEAR = 1;
  private static final double CLOUDED = 0.25;
  private static final double SYSTEM = 0.9;

  private FlickerSkies() {}

  /// A day of the simulated site.
  static double[] simulated(long seed, int cloudiness, double peakWatts, Instant midnight)
      throws EnergyAdapterException {
    Map<String, Object> site =
        Map.of(
            "seed", seed, "peak", peakWatts + " W", "base-load", "250 W", "cloudiness", cloudiness);
    AdapterContext context =
        new AdapterContext(
            new Place(48.1, 11.6, ZoneOffset.UTC),
            Duration.ofSeconds(1),
            OwnDraw.NONE,
            Path.of(""));
    double[] production = new double[DAY_SECONDS];
    try (EnergyAdapter adapter = Adapters.builtIn().create("simulated", site, context)) {
      for (int second = 0; second < DAY_SECONDS; second++) {
        Reading<Watts> reading = adapter.read(midnight.plusSeconds(second)).production();
        production[second] = reading.known().map(Watts::value).orElse(0.0);
      }
    }
    return production;
  }

  /// A day of a recorded year of hourly irradiance (`utc_hour,ghi,...`). The record gives how much
  /// sun each hour had; where that is less than a clear sky's, clouds of minutes with edges of
  /// seconds are drawn from the seed so that the hour keeps its share.
  ///
  /// @param day day of the year, 0 is the first of January
  static double[] recorded(Path csv, Place place, int day, long seed) throws IOException {
    List<String> rows =
        Files.readAllLines(csv).stream().filter(row -> row.matches("[0-9].*")).toList();
    double[] share = new double[26];
    Instant midnight = Instant.parse("2022-01-01T00:00:00Z").plus(Duration.ofDays(day));
    for (int hour = 0; hour < share.length; hour++) {
      int row = Math.floorMod(day * 24 + hour - 1, rows.size());
      double ghi = Double.parseDouble(rows.get(row).split(",", -1)[1]);
      Instant middle = midnight.plus(Duration.ofMinutes(60L * hour - 30));
      double clear = ClearSky.irradiance(place, middle);
      share[hour] = clear < 20 ? 0.5 : Math.clamp(ghi / clear, CLOUDED, CLEAR);
    }
    double[] production = new double[DAY_SECONDS];
    double clear = 0;
    for (int second = 0; second < DAY_SECONDS; second++) {
      if (second % 60 == 0) {
        clear = ClearSky.irradiance(place, midnight.plusSeconds(second));
      }
      double hours = second / 3600.0 + 0.5;
      double inside = hours - Math.floor(hours);
      double wanted = share[(int) hours] * (1 - inside) + share[(int) hours + 1] * inside;
      double cloudShare = (CLEAR - wanted) / (CLEAR - CLOUDED);
      double field =
          0.7 * smooth(seed, second, 420)
              + 0.2 * smooth(seed + 1, second, 37)
              + 0.1 * uniform(seed + 2, second);
      // The field's spread about one half is that of three uniform values; stretched to 0 to 1.
      double rank = Math.clamp((field - 0.5) * 1.6 + 0.5, 0, 1);
      double sky = rank < cloudShare ? CLOUDED : CLEAR;
      production[second] = PEAK_WATTS * SYSTEM * clear / 1000 * sky;
    }
    return production;
  }

  private static double smooth(long seed, int second, int period) {
    double inside = second % period / (double) period;
    double eased = inside * inside * (3 - 2 * inside);
    double left = uniform(seed, second / period);
    return left + (uniform(seed, second / period + 1) - left) * eased;
  }

  /// Uniform in 0 to 1, a function of its arguments alone (the finaliser of SplitMix64).
  private static double uniform(long seed, long cell) {
    long bits = seed * 0x9E3779B97F4A7C15L + cell * 0xD1B54A32D192ED03L;
    bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
    return ((bits ^ (bits >>> 31)) >>> 11) * 0x1.0p-53;
  }

  /// Production less the house.
  static double[] surplus(double[] production) {
    double[] surplus = production.clone();
    for (int second = 0; second < surplus.length; second++) {
      surplus[second] -= HOUSE_WATTS;
    }
    return surplus;
  }
}
