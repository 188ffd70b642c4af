// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Forecast.Hour;
import org.peermind.energy.spi.Place;
import org.peermind.protocol.Watts;

/// What a site expects of the next day, as the energy path is told it: the [Forecast], worked out
/// once in a while by whoever steps the path. It only explains, and only ever holds loading back;
/// whether a model runs is decided by what is measured.
///
/// @param at when it was worked out
/// @param hours the next 24 from `at`; empty while the history is too short
public record Expectation(Instant at, List<Hour> hours) {
  /// Nothing is expected; the path then goes by persistence and the clear sky alone.
  public static final Expectation UNKNOWN = new Expectation(Instant.EPOCH, List.of());

  /// An older one no longer tells of the next hour; it is worked out every quarter of an hour.
  private static final Duration AGE_MAX = Duration.ofMinutes(25);

  private static final Duration HALF_HOUR = Duration.ofMinutes(30);

  public Expectation {
    hours = List.copyOf(hours);
  }

  /// What the history of a site lets expect; it costs some tens of milliseconds.
  ///
  /// @param place null for sources other than the sun
  public static Expectation of(SiteHistory history, @Nullable Place place, Instant now) {
    return new Expectation(now, new Forecast(history, place).day(now));
  }

  /// A moment at which there will be enough power, or no longer.
  ///
  /// @param ends whether there is enough until then, rather than from then on
  public record Turn(Instant at, boolean ends) {
    private static final DateTimeFormatter CLOCK =
        DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);

    /// "sun until about 16:40" or "next sun about 07:40".
    public String words(ZoneId zone) {
      return (ends ? "sun until about " : "next sun about ") + CLOCK.format(at.atZone(zone));
    }
  }

  /// Whether it tells of the hours after `now`; not when the clock went back behind it.
  boolean isFresh(Instant now) {
    return !hours.isEmpty()
        && !now.isBefore(at)
        && Duration.between(at, now).compareTo(AGE_MAX) <= 0;
  }

  /// The hour that began when it was worked out; empty when that is too long ago.
  public Optional<Hour> nextHour(Instant now) {
    return isFresh(now) ? Optional.of(hours.getFirst()) : Optional.empty();
  }

  /// When what the site has to spare falls below, or reaches, `neededWatts`; empty when that does
  /// not happen within the day, or the site's use is unknown.
  ///
  /// @param now turns before it are passed over
  public Optional<Turn> turn(double neededWatts, Instant now) {
    for (int i = 1; i < hours.size(); i++) {
      double before = spare(hours.get(i - 1));
      double after = spare(hours.get(i));
      if (Double.isNaN(before) || Double.isNaN(after)) {
        return Optional.empty();
      }
      boolean wasEnough = before >= neededWatts;
      if (wasEnough != after >= neededWatts) {
        // The means stand for the middles of their hours; between them it changes evenly.
        double share = (neededWatts - before) / (after - before);
        Instant at = hours.get(i - 1).begins().plusSeconds(1_800 + Math.round(3_600 * share));
        Instant rounded = Instant.ofEpochSecond(Math.round(at.getEpochSecond() / 600.0) * 600);
        if (rounded.isAfter(now)) {
          return Optional.of(new Turn(rounded, wasEnough));
        }
      }
    }
    return Optional.empty();
  }

  /// The expected spare power after `ahead`, when it is `spareNow` now and changes evenly to the
  /// mean of the next hour at its middle; NaN when unknown.
  double spareAfter(double spareNow, Duration ahead, Instant now) {
    double mean = nextHour(now).map(Expectation::spare).orElse(Double.NaN);
    double share = Math.min(1, (double) ahead.toNanos() / HALF_HOUR.toNanos());
    return spareNow + share * (mean - spareNow);
  }

  /// NaN when unknown; in the dark there is nothing to spare, whatever the site uses.
  private static double spare(Hour hour) {
    double otherwise = hour.productionP50().value() == 0 ? 0 : Double.NaN;
    return hour.spareP50().map(Watts::value).orElse(otherwise);
  }
}
