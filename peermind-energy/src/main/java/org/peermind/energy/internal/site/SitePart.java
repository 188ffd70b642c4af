// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;

/// One device of a site and what is known of it.
///
/// @param label what the owner calls it
/// @param check whether it only watches another device of the same role
/// @param unverified whether its profile carries no recorded answer
/// @param staleAfter how old its reading may be, by our clock and by its own
public record SitePart(
    String label,
    DeviceRole role,
    boolean check,
    boolean unverified,
    Duration staleAfter,
    Newest newest) {
  private static final Duration FUTURE_MAX = Duration.ofSeconds(5);

  /// The last outcome of asking the device.
  public sealed interface Newest {
    record Read(DeviceReading reading) implements Newest {}

    /// One sentence that says why there is none.
    record Missing(String sentence) implements Newest {}
  }

  /// The reading, unless there is none or it is too old.
  Optional<DeviceReading> current(Instant now) {
    return newest instanceof Newest.Read(DeviceReading reading) && age(reading, now) == null
        ? Optional.of(reading)
        : Optional.empty();
  }

  /// Why its reading does not count at this moment, one sentence; null when it does.
  ///
  /// @param isClockJudged whether the device's own clock counts here; a site of one device leaves
  ///   it to the sample check, which learns a constant offset
  @Nullable String objection(Instant now, boolean isClockJudged) {
    return switch (newest) {
      case Newest.Missing(String sentence) -> sentence;
      case Newest.Read(DeviceReading reading) -> {
        String old = age(reading, now);
        if (old != null) {
          yield old;
        }
        if (!reading.quality().usable()) {
          yield "%s calls its reading %s%s."
              .formatted(
                  label,
                  reading.quality().word(),
                  reading.remark() == null ? "" : ": " + reading.remark());
        }
        yield isClockJudged ? clockObjection(reading, now) : null;
      }
    };
  }

  private @Nullable String age(DeviceReading reading, Instant now) {
    Duration age = Duration.between(reading.receivedAt(), now);
    if (age.compareTo(FUTURE_MAX.negated()) < 0) { // it would stay fresh until then
      return "%s was last heard before this machine's clock was set back.".formatted(label);
    }
    return age.compareTo(staleAfter) > 0
        ? "%s was last heard %d s ago.".formatted(label, age.toSeconds())
        : null;
  }

  private @Nullable String clockObjection(DeviceReading reading, Instant now) {
    Instant own = reading.deviceTime();
    if (own != null && own.isAfter(now.plus(FUTURE_MAX))) {
      return "The clock of %s is ahead; set it.".formatted(label);
    }
    if (own != null && own.isBefore(now.minus(staleAfter))) {
      return "The reading of %s is %d s old by its own clock."
          .formatted(label, Duration.between(own, now).toSeconds());
    }
    return null;
  }
}
