// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;

/// Whether this machine has renewable power for an evaluation. Asked before each piece of work and
/// many times in it, so it must answer at once; safe for use by several threads.
@FunctionalInterface
public interface PowerGate {
  /// How often a wait looks again.
  Duration LOOK_EVERY = Duration.ofMillis(250);

  boolean isAllowed();

  /// Waits for power.
  ///
  /// @return false when there was none for all of `patience`
  default boolean await(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!isAllowed()) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      Thread.sleep(Duration.ofNanos(Math.min(left, LOOK_EVERY.toNanos())));
    }
    return true;
  }
}
