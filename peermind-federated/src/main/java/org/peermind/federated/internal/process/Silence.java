// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.time.Duration;

/// How long a child was silent, as its watchdog may count it.
///
/// The node itself may have been stopped for a while, by a full machine or a long collection of
/// garbage, and what the child said meanwhile is not read yet. So between two looks at most
/// [#COUNTED_MAX] counts.
final class Silence {
  static final Duration COUNTED_MAX = Duration.ofSeconds(2);

  private long lookedNanos;
  private long heardNanos;
  private long silentNanos;

  Silence(long nowNanos) {
    lookedNanos = nowNanos;
    heardNanos = nowNanos;
  }

  /// The silence so far, when the child was heard last at `lastHeardNanos`.
  Duration at(long nowNanos, long lastHeardNanos) {
    if (lastHeardNanos != heardNanos) {
      heardNanos = lastHeardNanos;
      silentNanos = 0;
    }
    long passed = Math.min(nowNanos - lookedNanos, nowNanos - heardNanos);
    silentNanos += Math.clamp(passed, 0, COUNTED_MAX.toNanos());
    lookedNanos = nowNanos;
    return Duration.ofNanos(silentNanos);
  }
}
