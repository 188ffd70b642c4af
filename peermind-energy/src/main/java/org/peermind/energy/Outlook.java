// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyState.Readings;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.ExpectedPower;
import org.peermind.protocol.Watts;

/// What to expect: production persists, and PV follows the clear sky.
record Outlook(@Nullable Place place) {
  private static final double SUN_UP_DEGREES = 5;
  private static final double DARK_WATTS = 5;
  private static final double GROWTH_MAX = 3;
  private static final double IRRADIANCE_MIN = 20;
  private static final Duration SEARCH_AGAIN = Duration.ofMinutes(10);

  /// The sunrise last computed.
  ///
  /// @param at null when there is none within a day and a half, or none was needed
  /// @param searchedAt null when none was needed
  record NextSun(@Nullable Instant at, @Nullable Instant searchedAt) {
    static final NextSun UNKNOWN = new NextSun(null, null);

    boolean nightAt(Instant now) {
      return searchedAt != null && (at == null || now.isBefore(at));
    }
  }

  /// The next sun while a PV site is dark; computed at most once in 10 minutes.
  NextSun refresh(NextSun before, Readings readings, Instant now) {
    EnergySample newest = readings.newest();
    if (place == null
        || newest == null
        || newest.sourceKind() != SourceKind.PV
        || readings.production().over(now).mean() > DARK_WATTS) {
      return NextSun.UNKNOWN;
    }
    if (before.searchedAt() != null
        && ((before.nightAt(now) && before.at() != null)
            || now.isBefore(before.searchedAt().plus(SEARCH_AGAIN)))) {
      return before;
    }
    return new NextSun(SunTimes.nextAbove(place, SUN_UP_DEGREES, now).orElse(null), now);
  }

  /// The headroom after `ahead`, given what the source produces now.
  double later(
      SourceKind kind, double headroomWatts, double productionWatts, Instant now, Duration ahead) {
    if (place == null || kind != SourceKind.PV || productionWatts <= 0) {
      return headroomWatts;
    }
    return headroomWatts + productionWatts * (ratio(place, now, now.plus(ahead)) - 1);
  }

  /// The mean headroom of the next hour; empty for a PV site whose place is unknown.
  Optional<Watts> nextHour(
      SourceKind kind, double headroomWatts, double productionWatts, Instant now) {
    if (kind == SourceKind.PV && place == null) {
      return Optional.empty();
    }
    double sum = 0;
    for (int quarter = 1; quarter <= 4; quarter++) {
      Duration ahead = Duration.ofMinutes(15L * quarter - 7);
      sum += later(kind, headroomWatts, productionWatts, now, ahead);
    }
    return Optional.of(new Watts(Math.max(0, sum / 4)));
  }

  /// What the site's history lets expect of the next hour's headroom, when margin and battery take
  /// off as much as now; empty when it is too short or the site's use is unknown.
  static Optional<ExpectedPower> nextHour(Expectation expected, Balance balance, Instant now) {
    return expected
        .nextHour(now)
        .filter(hour -> hour.spareP10().isPresent() && hour.spareP50().isPresent())
        .map(
            hour ->
                new ExpectedPower(
                    hour.spareP10().map(balance::headroom),
                    balance.headroom(hour.spareP50().orElseThrow())));
  }

  /// What the site has to spare now, and what of it is left for the engine.
  ///
  /// @param spareWatts production less what the site uses without our engine
  record Balance(double spareWatts, double headroomWatts) {
    /// What margin and battery take off.
    double claim() {
      return spareWatts - headroomWatts;
    }

    Watts headroom(Watts spare) {
      return new Watts(Math.max(0, spare.value() - claim()));
    }
  }

  /// The reason with the moment at which it is expected to end, where that can be told: of enough,
  /// of too little, and of the night.
  Reason expecting(
      Reason reason, Expectation expected, Balance balance, SourceKind kind, Instant now) {
    if (place == null || kind != SourceKind.PV || !expected.isFresh(now)) {
      return reason;
    }
    if (reason instanceof Reason.Enough(double _, double needed)) {
      return expected
          .turn(needed + balance.claim(), now)
          .filter(Expectation.Turn::ends)
          .<Reason>map(turn -> new Reason.Expecting(reason, turn, place.zone()))
          .orElse(reason);
    }
    if (reason instanceof Reason.HeadroomBelow(double _, double needed, Duration since)
        && since.isZero()) {
      return expected
          .turn(needed + balance.claim(), now)
          .filter(turn -> !turn.ends())
          .<Reason>map(turn -> new Reason.Expecting(reason, turn, place.zone()))
          .orElse(reason);
    }
    if (reason instanceof Reason.Night(var watts, var needed, var sunrise, var zone)) {
      return expected
          .turn(needed + balance.claim(), now)
          .filter(turn -> !turn.ends() && (sunrise == null || turn.at().isAfter(sunrise)))
          .<Reason>map(turn -> new Reason.Night(watts, needed, turn.at(), zone))
          .orElse(reason);
    }
    return reason; // the others end by what the owner or the device does
  }

  private static double ratio(Place place, Instant now, Instant then) {
    // Near the horizon the ratio is noise; the floor keeps it bounded.
    double today = Math.max(IRRADIANCE_MIN, ClearSky.irradiance(place, now));
    return Math.min(GROWTH_MAX, ClearSky.irradiance(place, then) / today);
  }
}
