// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.time.ZoneId;

/// Where a site is: degrees north and east, and the zone in which its owner reads a clock.
public record Place(double latitudeDegrees, double longitudeDegrees, ZoneId zone) {
  /// @throws IllegalArgumentException when a coordinate is outside the globe
  public Place {
    requireNonNull(zone);
    if (!(Math.abs(latitudeDegrees) <= 90)) {
      throw new IllegalArgumentException(
          "Latitude must lie within -90 and 90 degrees, not " + latitudeDegrees);
    }
    if (!(Math.abs(longitudeDegrees) <= 180)) {
      throw new IllegalArgumentException(
          "Longitude must lie within -180 and 180 degrees, not " + longitudeDegrees);
    }
  }
}
