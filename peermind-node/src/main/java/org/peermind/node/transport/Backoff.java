// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long a node waits before it tries its referee again: full jitter under a ceiling that
/// doubles from one second to five. The low ceiling keeps recovery after a referee's return under
/// ten seconds; storms are met by the listener's admission instead (facts: network, section 3.6).
final class Backoff {
  private static final long FLOOR_MILLIS = 50;
  private static final long FIRST_CEILING_MILLIS = 1_000;
  private static final long CEILING_MILLIS_MAX = 5_000;
  private static final int DOUBLINGS_MAX = 3;
  private static final long REFUSED_MILLIS = 30_000;

  private final RandomGenerator random;
  private int failures;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /// The wait after one more failure; the first is at most a second.
  Duration next() {
    long ceiling =
        Math.min(CEILING_MILLIS_MAX, FIRST_CEILING_MILLIS << Math.min(failures, DOUBLINGS_MAX));
    failures++;
    return between(FLOOR_MILLIS, ceiling);
  }

  /// The wait after a referee has refused the hello: asking again soon would change nothing.
  Duration afterRefusal() {
    return between(REFUSED_MILLIS, REFUSED_MILLIS + CEILING_MILLIS_MAX);
  }

  /// The wait after a referee has announced its stop.
  Duration within(Duration spread) {
    return between(FLOOR_MILLIS, Math.max(FLOOR_MILLIS, spread.toMillis()));
  }

  /// To be called when an attachment has lasted.
  void reset() {
    failures = 0;
  }

  private Duration between(long leastMillis, long mostMillis) {
    // Links on several threads may share one generator.
    synchronized (random) {
      return Duration.ofMillis(random.nextLong(leastMillis, mostMillis + 1));
    }
  }
}
