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

  /// The same example with its altitude, air and time correction, to 1e-4 degrees.
  @Test
  void findsNrelsPublishedPosition() {
    ClearSky.Sun sun =
        ClearSky.apparent(
            place(39.742476, -105.1786),
            1_830.14,
            new ClearSky.Air(820, 11),
            67,
            Instant.parse("2003-10-17T19:30:30Z"));
    assertThat(sun.zenithDegrees()).isCloseTo(50.111622, within(1e-4));
    assertThat(sun.azimuthDegrees()).isCloseTo(194.340241, within(1e-4));
  }

  /// Figures that pvlib's tests publish for a Linke turbidity of 3 at sea level.
  @ParameterizedTest(name = "Ineichen at zenith {0} gives {2} W/m2")
  @CsvSource({
    "82.85457044, 6.97935524, 65.49426624",
    "46.0467599, 1.32355476, 704.6968125",
    "10.56413562, 0.93527685, 1044.1230677",
    "34.86074109, 1.12008114, 853.02065704",
    "72.41687122, 3.01614096, 251.99427693",
    "113.38779941, 0, 0",
  })
  void followsIneichen(double zenith, double airMass, double expected) {
    assertThat(ClearSky.ineichen(zenith, airMass, 3, 0, 1_364)).isCloseTo(expected, within(1e-6));
  }

  @Test
  void boundsWhatPanelsCanGive() {
    Place munich = place(48.137, 11.575);
    assertThat(ClearSky.productionMaxWatts(munich, Instant.parse("2026-06-21T00:00:00Z"), 5_000))
        .isEqualTo(50);
    assertThat(ClearSky.productionMaxWatts(munich, Instant.parse("2026-06-21T11:00:00Z"), 5_000))
        .isBetween(5_000.0, 1.25 * 1.2 * 5_000);
    assertThat(ClearSky.productionMaxWatts(munich, Instant.parse("2026-12-21T07:10:00Z"), 5_000))
        .as("the sun rises about 07:00 UTC")
        .isBetween(50.0, 1_500.0);
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
