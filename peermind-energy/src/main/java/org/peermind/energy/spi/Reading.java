// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import org.peermind.protocol.Watts;

/// One quantity of a sample: a value with its own time and quality, or the reason why it is not
/// known. A sentinel, a null or a missing cell is [Unknown], never zero.
///
/// @param <T> [Watts] or [Percent]
public sealed interface Reading<T> {
  /// A value measured (or computed by the device) at `at`.
  record Known<T>(T value, Instant at, Quality quality) implements Reading<T> {
    public Known {
      requireNonNull(value);
      requireNonNull(at);
      requireNonNull(quality);
    }
  }

  /// No value; `why` completes "unknown: ...".
  record Unknown<T>(String why) implements Reading<T> {
    public Unknown {
      requireNonNull(why);
    }
  }

  static Reading<Watts> watts(double watts, Instant at) {
    return new Known<>(new Watts(watts), at, Quality.OK);
  }

  static Reading<Percent> percent(double percent, Instant at) {
    return new Known<>(new Percent(percent), at, Quality.OK);
  }

  static <T> Reading<T> unknown(String why) {
    return new Unknown<>(why);
  }

  default boolean isKnown() {
    return this instanceof Known<T>;
  }

  default Optional<T> known() {
    return switch (this) {
      case Known<T> known -> Optional.of(known.value());
      case Unknown<T> _ -> Optional.empty();
    };
  }
}
