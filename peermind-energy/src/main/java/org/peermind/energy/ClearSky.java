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

/// The sun over a place: position by NREL's solar position algorithm (Reda and Andreas,
/// NREL/TP-560-34302), irradiance under a cloudless sky by Haurwitz (1945) or by Ineichen and Perez
/// (2002), and what panels can give at most.
public final class ClearSky {
  private static final double NOISE_SHARE = 0.01;
  private static final double HORIZON_GRACE_DEGREES = 1;

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

  /// Where the sun's centre is seen: azimuth from north over east, and the angle from the zenith.
  public record Sun(double azimuthDegrees, double zenithDegrees) {}

  /// The air over a site, which bends the light.
  public record Air(double pressureMillibar, double temperatureCelsius) {}

  /// Where the sun is seen, with refraction.
  ///
  /// @param deltaTSeconds terrestrial less universal time, about 69 s these years
  public static Sun apparent(
      Place place, double altitudeMetres, Air air, double deltaTSeconds, Instant at) {
    SolarPosition position =
        SPA.calculateSolarPosition(
            at.atZone(ZoneOffset.UTC),
            place.latitudeDegrees(),
            place.longitudeDegrees(),
            altitudeMetres,
            deltaTSeconds,
            air.pressureMillibar(),
            air.temperatureCelsius());
    return new Sun(position.azimuth(), position.zenithAngle());
  }

  /// Global horizontal irradiance in W/m² after Ineichen and Perez, zero below the horizon.
  ///
  /// @param airMass absolute air mass
  /// @param linkeTurbidity about 2 for very clean and 7 for hazy air
  /// @param extraterrestrial irradiance outside the air in W/m², about 1364
  public static double ineichen(
      double zenithDegrees,
      double airMass,
      double linkeTurbidity,
      double altitudeMetres,
      double extraterrestrial) {
    double cosine = Math.cos(Math.toRadians(zenithDegrees));
    if (cosine <= 0) {
      return 0;
    }
    double fh1 = Math.exp(-altitudeMetres / 8_000);
    double fh2 = Math.exp(-altitudeMetres / 1_250);
    double cg1 = 5.09e-5 * altitudeMetres + 0.868;
    double cg2 = 3.92e-5 * altitudeMetres + 0.0387;
    return cg1
        * extraterrestrial
        * cosine
        * Math.exp(-cg2 * airMass * (fh1 + fh2 * (linkeTurbidity - 1)));
  }

  /// The most that panels can give, whatever their tilt and even at a cloud's bright edge; a
  /// necessary condition only (facts: solar maths). At least 1 % of the panels, as noise. The sun
  /// is taken to stand one degree higher than it does, for refraction and a raised site.
  ///
  /// @param panelWatts rated power of the panels
  public static double productionMaxWatts(Place place, Instant at, double panelWatts) {
    return productionMaxWatts(zenithDegrees(place, at), panelWatts);
  }

  /// The same for a sun that many degrees from the zenith.
  public static double productionMaxWatts(double zenithDegrees, double panelWatts) {
    double noise = NOISE_SHARE * panelWatts;
    double zenith = zenithDegrees - HORIZON_GRACE_DEGREES;
    double sine = Math.cos(Math.toRadians(zenith));
    if (sine <= 0) {
      return noise;
    }
    double global = haurwitz(zenith);
    double tilted = Math.min(1_000, 0.9 * global / sine) + 0.15 * global;
    return Math.max(noise, 1.25 * panelWatts * tilted / 1_000);
  }
}
