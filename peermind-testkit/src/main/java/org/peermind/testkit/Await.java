// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for something that another thread or process does, for as long as it takes and never
/// longer than a deadline; for tests of real sockets and processes, where no virtual time can be
/// moved.
public final class Await {
  private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

  private Await() {}

  /// Returns as soon as `condition` holds.
  ///
  /// @param what a sentence's object for the failure: "the peer's attachment"
  /// @throws AssertionError when `deadline` passes first
  public static void until(String what, Duration deadline, BooleanSupplier condition) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("Waited %s in vain for %s".formatted(deadline, what));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
