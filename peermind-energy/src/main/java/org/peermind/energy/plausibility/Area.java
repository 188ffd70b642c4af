// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.time.Instant;
import java.time.ZoneOffset;
import org.peermind.energy.ClearSky;
import org.peermind.energy.spi.Place;
import org.peermind.protocol.PlaceCell;

/// The sky over a cell, of which only the cell is known: where in doubt, the point of the cell and
/// the minute that favour the node are taken.
final class Area {
  /// The sun's height differs between two places by no more than the arc between them. From the
  /// middle of a cell to its corner, 25 km for a site beside its cell, and 2 minutes of the clock.
  private static final double FAVOUR_DEGREES = 1.0 + 0.25 + 0.5;

  private static final double NIGHT_DEGREES = -1;
  private static final double TWILIGHT_DEGREES = 3;
  private static final long SECONDS_PER_HOUR = 3_600;

  private final PlaceCell cell;
  private final PlaceCell.Middle middle;
  private Instant computedAt = Instant.MIN;
  private double elevation;

  Area(PlaceCell cell) {
    this.cell = cell;
    this.middle = cell.middle();
  }

  PlaceCell cell() {
    return cell;
  }

  PlaceCell.Middle middle() {
    return middle;
  }

  /// The sun over the middle of the cell in degrees; kept for the last time asked.
  private double elevation(Instant at) {
    if (!at.equals(computedAt)) {
      Place place = new Place(middle.latitudeDegrees(), middle.longitudeDegrees(), ZoneOffset.UTC);
      elevation = ClearSky.elevationDegrees(place, at);
      computedAt = at;
    }
    return elevation;
  }

  private double best(Instant at) {
    return Math.min(90, elevation(at) + FAVOUR_DEGREES);
  }

  /// Whether the sun is below the horizon everywhere in the cell.
  boolean isNight(Instant at) {
    return best(at) < NIGHT_DEGREES;
  }

  boolean isTwilight(Instant at) {
    return best(at) < TWILIGHT_DEGREES;
  }

  /// The most that panels of one rated watt can give anywhere in the cell, whatever their tilt.
  double ceiling(Instant at) {
    return ClearSky.productionMaxWatts(90 - best(at), 1);
  }

  /// Irradiance in W/m² of a cloudless sky over the middle of the cell.
  double clear(Instant at) {
    return ClearSky.haurwitz(90 - elevation(at));
  }

  /// The number of the solar day.
  long day(Instant at) {
    double hours = at.getEpochSecond() / (double) SECONDS_PER_HOUR + middle.longitudeDegrees() / 15;
    return (long) Math.floor(hours / 24);
  }

  /// The least distance in kilometres between a place in this cell and one in the other.
  double kilometresAtLeast(Area other) {
    double cells = 2 * 111.2 * (1.0 + 0.25);
    return Math.max(0, middle.kilometresTo(other.middle) - cells);
  }
}
