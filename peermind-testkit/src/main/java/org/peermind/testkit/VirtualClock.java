// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that moves only when a test says so; it may also be set back.
public final class VirtualClock implements InstantSource {
  private Instant now;

  /// A clock that stands at `start`.
  public VirtualClock(Instant start) {
    this.now = start;
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }

  /// Moves the clock by `step`, which may be negative, and returns the new time.
  public synchronized Instant advance(Duration step) {
    now = now.plus(step);
    return now;
  }
}
