// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import org.peermind.protocol.Watts;

/// How values look in a sentence for a person.
final class Texts {
  private static final int SECONDS_PER_MINUTE = 60;
  private static final int SECONDS_PER_HOUR = 3_600;

  private Texts() {}

  /// `INFERER, LIGHT_USER` as `inferer, light user`.
  static String words(Collection<? extends Enum<?>> values) {
    return String.join(", ", values.stream().map(Texts::word).sorted().toList());
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /// Two significant parts are enough: `0.42 s`, `12.0 s`, `3 min 5 s`, `2 h 10 min`.
  static String duration(Duration duration) {
    double seconds = Field.secondsOf(duration);
    if (seconds < 1) {
      return String.format(Locale.ROOT, "%.2f s", seconds);
    }
    if (seconds < SECONDS_PER_MINUTE) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    if (seconds < SECONDS_PER_HOUR) {
      return "%d min %d s".formatted(duration.toMinutes(), duration.toSecondsPart());
    }
    return "%d h %d min".formatted(duration.toHours(), duration.toMinutesPart());
  }

  static String watts(Optional<Watts> power) {
    return power
        .map(watts -> String.format(Locale.ROOT, "%.0f W", watts.value()))
        .orElse("unknown");
  }

  static String place(StackTraceElement frame) {
    String type = frame.getClassName();
    return type.substring(type.lastIndexOf('.') + 1)
        + "."
        + frame.getMethodName()
        + ":"
        + Math.max(frame.getLineNumber(), 0);
  }
}
