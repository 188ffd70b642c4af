// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

import java.time.Instant;
import org.peermind.energy.ClearSky;
import org.peermind.energy.spi.Place;

/// Irradiance over a place under seeded clouds; a function of seed and time alone, so that any
/// moment can be asked for in any order.
///
/// Cloud cover is smooth noise on three scales (weather of hours, clouds of minutes, edges of half
/// a minute). Where cover is partial, a flicker drawn anew each second is added.
final class SimulatedSky {
  private static final long WEATHER_SECONDS = 5 * 3600;
  private static final long CLOUD_SECONDS = 11 * 60;
  private static final long EDGE_SECONDS = 37;
  private static final double CLOUD_OPACITY = 0.78;

  private final Place place;
  private final long seed;
  private final double cloudiness;
  private final double flicker;

  // The sun's irradiance at two neighbouring minutes; a cache only, it changes no result.
  private long minute = Long.MIN_VALUE;
  private double irradianceThen;
  private double irradianceNext;

  SimulatedSky(Place place, long seed, double cloudiness, double flicker) {
    this.place = place;
    this.seed = seed;
    this.cloudiness = cloudiness;
    this.flicker = flicker;
  }

  /// Global horizontal irradiance in W/m² under the clouds of that moment.
  double irradiance(Instant at) {
    double clear = clearIrradiance(at);
    return clear <= 0 ? 0 : clear * transmission(at);
  }

  private double clearIrradiance(Instant at) {
    long seconds = at.getEpochSecond();
    long wanted = Math.floorDiv(seconds, 60);
    if (wanted != minute) {
      irradianceThen = ClearSky.irradiance(place, Instant.ofEpochSecond(wanted * 60));
      irradianceNext = ClearSky.irradiance(place, Instant.ofEpochSecond(wanted * 60 + 60));
      minute = wanted;
    }
    double share = (Math.floorMod(seconds, 60L) + at.getNano() / 1e9) / 60;
    return irradianceThen + (irradianceNext - irradianceThen) * share;
  }

  /// Share of the clear-sky irradiance that comes through, 0.15 to 1.
  double transmission(Instant at) {
    if (cloudiness <= 0) {
      return 1;
    }
    double field =
        0.5 * smooth(1, at, WEATHER_SECONDS)
            + 0.35 * smooth(2, at, CLOUD_SECONDS)
            + 0.15 * smooth(3, at, EDGE_SECONDS);
    // The field lies around one half; the threshold falls with the cloudiness.
    double cover = Math.clamp((field - (0.9 - 0.8 * cloudiness)) / 0.12, 0, 1);
    double edge = 4 * cover * (1 - cover);
    double jitter = flicker * edge * (2 * noise(4, at.getEpochSecond()) - 1);
    return Math.clamp(1 - CLOUD_OPACITY * cover + jitter, 0.15, 1);
  }

  private double smooth(int octave, Instant at, long period) {
    long cell = Math.floorDiv(at.getEpochSecond(), period);
    double inside = (Math.floorMod(at.getEpochSecond(), period) + at.getNano() / 1e9) / period;
    double eased = inside * inside * (3 - 2 * inside);
    double left = noise(octave, cell);
    return left + (noise(octave, cell + 1) - left) * eased;
  }

  /// Uniform in 0 to 1, from seed, octave and cell.
  double noise(int octave, long cell) {
    return Noise.uniform(seed, octave, cell);
  }
}
