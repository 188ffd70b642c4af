// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A pause that doubles with every failure in a row. Used by one thread at a time.
final class GrowingPause {
  private final InstantSource time;
  private final Duration first;
  private final Duration longest;
  private int failures;
  private Instant until = Instant.MIN;

  GrowingPause(InstantSource time, Duration first, Duration longest) {
    this.time = time;
    this.first = first;
    this.longest = longest;
  }

  /// How long it still lasts; zero when it is over.
  Duration left() {
    Instant now = time.instant();
    if (!now.isBefore(until)) {
      return Duration.ZERO;
    }
    Duration left = Duration.between(now, until);
    return left.compareTo(longest) < 0 ? left : longest; // also where the clock was set back
  }

  void failed() {
    failures = Math.min(failures + 1, 30);
    Duration pause = first.multipliedBy(1L << (failures - 1));
    atLeast(pause.compareTo(longest) < 0 ? pause : longest);
  }

  /// Lasts at least so long from now, but never longer than the longest.
  void atLeast(Duration pause) {
    Duration bounded = pause.compareTo(longest) < 0 ? pause : longest;
    until = time.instant().plus(bounded);
  }

  void over() {
    failures = 0;
    until = Instant.MIN;
  }
}
