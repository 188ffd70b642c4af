// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.peermind.energy.spi.Place;

/// When the sun comes back.
public final class SunTimes {
  private static final Duration SEARCH = Duration.ofHours(36);
  private static final Duration STEP = Duration.ofMinutes(10);
  private static final Duration PRECISION = Duration.ofSeconds(1);

  private SunTimes() {}

  /// The first moment from `now` on at which the sun stands above `elevationDegrees`, to the
  /// second; empty when it does not within 36 hours (polar night).
  public static Optional<Instant> nextAbove(Place place, double elevationDegrees, Instant now) {
    if (ClearSky.elevationDegrees(place, now) > elevationDegrees) {
      return Optional.of(now);
    }
    Instant below = now;
    for (Instant at = now.plus(STEP); at.isBefore(now.plus(SEARCH)); at = at.plus(STEP)) {
      if (ClearSky.elevationDegrees(place, at) > elevationDegrees) {
        return Optional.of(crossing(place, elevationDegrees, below, at));
      }
      below = at;
    }
    return Optional.empty();
  }

  private static Instant crossing(
      Place place, double elevationDegrees, Instant below, Instant above) {
    while (Duration.between(below, above).compareTo(PRECISION) > 0) {
      Instant middle = below.plus(Duration.between(below, above).dividedBy(2));
      if (ClearSky.elevationDegrees(place, middle) > elevationDegrees) {
        above = middle;
      } else {
        below = middle;
      }
    }
    return above;
  }
}
