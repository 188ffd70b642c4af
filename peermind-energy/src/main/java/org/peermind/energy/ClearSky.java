// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import net.e175.klaus.solarpositioning.DeltaT;
import net.e175.klaus.solarpositioning.SPA;
import net.e175.klaus.solarpositioning.SolarPosition;
import org.peermind.energy.spi.Place;

/// The sun over a place: position by NREL's solar position algorithm, irradiance under a cloudless
/// sky by Haurwitz (1945).
public final class ClearSky {
  private ClearSky() {}

  /// Degrees between the zenith and the sun's centre, without refraction.
  public static double zenithDegrees(Place place, Instant at) {
    ZonedDateTime utc = at.atZone(ZoneOffset.UTC);
    SolarPosition position =
        SPA.calculateSolarPosition(
            utc,
            place.latitudeDegrees(),
            place.longitudeDegrees(),
            0,
            DeltaT.estimate(LocalDate.ofInstant(at, ZoneOffset.UTC)));
    return position.zenithAngle();
  }

  public static double elevationDegrees(Place place, Instant at) {
    return 90 - zenithDegrees(place, at);
  }

  /// Global horizontal irradiance in W/m², zero below the horizon.
  public static double haurwitz(double zenithDegrees) {
    double cosine = Math.cos(Math.toRadians(zenithDegrees));
    return cosine <= 0 ? 0 : 1098 * cosine * Math.exp(-0.059 / cosine);
  }

  /// Global horizontal irradiance in W/m² over a place.
  public static double irradiance(Place place, Instant at) {
    return haurwitz(zenithDegrees(place, at));
  }
}
