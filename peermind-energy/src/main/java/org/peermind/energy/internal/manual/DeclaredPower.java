// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.manual;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.ClearSky;
import org.peermind.energy.Declaration.What;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.SourceKind;

/// What a declaration is worth at one moment (design section 1, promise 1). Pure.
///
/// A schedule alone counts nothing: a declaration expires after 12 hours, and one that renewed
/// itself never would. So its owner confirms it, for 12 hours at most each time.
///
/// @param schedule of the configuration
/// @param source of the schedule's power
/// @param place where the site is, null when the owner did not say
record DeclaredPower(Schedule schedule, SourceKind source, @Nullable Place place) {
  /// How far below the horizon the sun's centre stands when its upper edge rises.
  private static final double RISING_DEGREES = -0.833;

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("EEE HH:mm:ss", Locale.ROOT);

  /// Either a power or why there is none.
  sealed interface Outcome {
    record Power(long watts, SourceKind source) implements Outcome {}

    /// One sentence.
    record Nothing(String sentence) implements Outcome {}
  }

  /// @param term how long the owner's declaration still holds, null when there is none
  Outcome at(@Nullable Term term, Instant now) {
    if (term == null) {
      return new Outcome.Nothing(
          schedule.entries().isEmpty()
              ? "Nothing is declared; `peermind energy declare 400W --for 4h` declares 400 W."
              : "The schedule is not confirmed; `peermind energy declare --schedule` does so for at"
                  + " most 12 hours.");
    }
    if (term.isOver()) {
      return new Outcome.Nothing(
          "The declaration ended at %s; declare again.".formatted(clock(term.until())));
    }
    return switch (term.declaration().what()) {
      case What.HandSet(long watts, SourceKind kind) -> underTheSky(watts, kind, now);
      case What.Scheduled() -> {
        OptionalLong watts = schedule.wattsAt(now.atZone(zone()));
        yield watts.isPresent()
            ? underTheSky(watts.getAsLong(), source, now)
            : new Outcome.Nothing(
                "The schedule names no power for now (%s).".formatted(clock(now)));
      }
    };
  }

  /// Wind and water also come by night.
  private Outcome underTheSky(long watts, SourceKind kind, Instant now) {
    if (kind == SourceKind.PV) {
      if (place == null) {
        return new Outcome.Nothing(
            "Declared solar power needs the site's place, to know where the sun is.");
      }
      if (ClearSky.elevationDegrees(place, now) <= RISING_DEGREES) {
        return new Outcome.Nothing(
            "The sun is below the horizon (%s), so declared solar power counts nothing."
                .formatted(clock(now)));
      }
    }
    return new Outcome.Power(watts, kind);
  }

  private ZoneId zone() {
    return place == null ? ZoneOffset.UTC : place.zone();
  }

  private String clock(Instant at) {
    ZonedDateTime local = at.atZone(zone());
    return CLOCK.format(local);
  }
}
