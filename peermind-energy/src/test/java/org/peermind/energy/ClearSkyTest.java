// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.spi.Place;

class ClearSkyTest {
  private static Place place(double latitude, double longitude) {
    return new Place(latitude, longitude, ZoneOffset.UTC);
  }

  /// NREL/TP-560-34302, table A5.1: 2003-10-17 12:30:30 at UTC-7, zenith 50.11162 degrees with
  /// refraction and elevation of the site, both below 0.02 degrees here.
  @Test
  void agreesWithNrelsExample() {
    double zenith =
        ClearSky.zenithDegrees(place(39.742476, -105.1786), Instant.parse("2003-10-17T19:30:30Z"));
    assertThat(zenith).isCloseTo(50.11162, within(0.02));
  }

  @ParameterizedTest(name = "Haurwitz at zenith {0} gives {1} W/m2")
  @CsvSource({"0, 1035.0927", "60, 487.8913", "80, 135.7335", "90, 0", "120, 0"})
  void followsHaurwitz(double zenith, double expected) {
    double cosine = Math.cos(Math.toRadians(zenith));
    assertThat(ClearSky.haurwitz(zenith)).isCloseTo(expected, within(0.2));
    assertThat(ClearSky.haurwitz(zenith)).isLessThanOrEqualTo(1098 * Math.max(0, cosine) + 1e-9);
  }

  @Test
  void findsSunriseToTheMinute() {
    // Munich, 2026-06-21: geometric sunrise (centre on the horizon, no refraction) near 03:19 UTC.
    Instant night = Instant.parse("2026-06-20T23:00:00Z");
    Instant sunrise = SunTimes.nextAbove(place(48.137, 11.575), 0, night).orElseThrow();
    assertThat(sunrise)
        .isBetween(Instant.parse("2026-06-21T03:14:00Z"), Instant.parse("2026-06-21T03:24:00Z"));
    assertThat(ClearSky.elevationDegrees(place(48.137, 11.575), sunrise)).isBetween(0.0, 0.01);
    assertThat(ClearSky.elevationDegrees(place(48.137, 11.575), sunrise.minusSeconds(1)))
        .isLessThanOrEqualTo(0);
  }

  @Test
  void isNow_whenTheSunIsUp() {
    Instant noon = Instant.parse("2026-06-21T12:00:00Z");
    assertThat(SunTimes.nextAbove(place(48, 11), 5, noon)).contains(noon);
  }

  @Test
  void isEmpty_inPolarNight() {
    Instant december = Instant.parse("2026-12-21T12:00:00Z");
    assertThat(SunTimes.nextAbove(place(78.2, 15.6), 0, december)).isEmpty();
    assertThat(SunTimes.nextAbove(place(0, 15.6), 0, december.plus(Duration.ofHours(9))))
        .isPresent();
  }
}
