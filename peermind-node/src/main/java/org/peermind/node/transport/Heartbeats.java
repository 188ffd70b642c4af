// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;

/// Notices that the other side has gone silent. It counts ticks instead of reading a clock, so that
/// a machine that was suspended does not take its own sleep for its peer's.
final class Heartbeats {
  static final Duration TICK = Duration.ofSeconds(1);

  private static final int TICKS_BETWEEN_BEATS = 2;

  private final int silentTicksMax;
  private int ticks;
  private int silentTicks;

  Heartbeats(TransportSettings settings) {
    this.silentTicksMax = (int) settings.silenceMax().toSeconds();
  }

  void heard() {
    silentTicks = 0;
  }

  /// Counts one tick.
  ///
  /// @return whether a heartbeat is due
  boolean tick() {
    ticks++;
    silentTicks++;
    return ticks % TICKS_BETWEEN_BEATS == 0;
  }

  boolean isSilent() {
    return silentTicks >= silentTicksMax;
  }
}
