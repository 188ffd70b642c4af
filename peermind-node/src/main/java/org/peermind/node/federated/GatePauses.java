// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.time.Duration;

/// When an evaluation may compute: while there is power, and not for ever.
final class GatePauses {
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  /// How long an evaluation may compute, waiting for power not counted.
  static final Duration LONGEST = Duration.ofMinutes(30);

  private final SurplusWatch power;
  private long endNanos = System.nanoTime() + LONGEST.toNanos();

  GatePauses(SurplusWatch power) {
    this.power = power;
  }

  /// Returns once there is power; asked before each piece of work.
  ///
  /// @throws IOException when the evaluation has taken too long
  void await() throws IOException, InterruptedException {
    long began = System.nanoTime();
    while (!power.isThere()) {
      Thread.sleep(LOOK_EVERY);
    }
    endNanos += System.nanoTime() - began;
    if (System.nanoTime() - endNanos > 0) {
      throw new IOException(
          "Trying the update took longer than %d minutes; the gate has too many items for this"
                  .formatted(LONGEST.toMinutes())
              + " machine.");
    }
  }
}
