// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.concurrent.TimeUnit;

/// How many threads compute. The engine's threads spin while they wait for each other, so a machine
/// whose cores are wanted by others slows down many times over (measured, inference facts section
/// B): then half the threads are faster. When ticks take far longer than they used to, the number
/// is halved; after a quiet time it is doubled again, and each time that this proves wrong, the
/// quiet time is too.
final class ThreadCount {
  static final long QUIET_NANOS_MIN = TimeUnit.SECONDS.toNanos(30);
  static final long QUIET_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);

  /// Ticks that were measured before any is judged.
  static final int LEARNING_TICKS = 16;

  /// Slow ticks, each one that is not slow taking one away, that lower the number.
  static final int SLOW_TICKS = 4;

  private static final double SLOW_FACTOR = 4;
  private static final long SLOW_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(20);
  private static final double NEW_WEIGHT = 1.0 / 64;
  private static final int SIZES = 32;

  private final int most;
  private final double[][] usualNanos;
  private final int[][] ticks;
  private int level;
  private int slow;
  private long changedNanos;
  private long quietNanos = QUIET_NANOS_MIN;
  private boolean trying;

  ThreadCount(int most) {
    this.most = most;
    int levels = Integer.SIZE - Integer.numberOfLeadingZeros(most);
    usualNanos = new double[levels][SIZES];
    ticks = new int[levels][SIZES];
  }

  /// The number of threads for the next tick.
  int threads() {
    return Math.max(1, most >> level);
  }

  /// Says that a tick of so many tokens took so long.
  void measured(int tokens, long tookNanos, long nowNanos) {
    int size = Integer.SIZE - Integer.numberOfLeadingZeros(tokens);
    double usual = usualNanos[level][size];
    boolean known = ticks[level][size] >= LEARNING_TICKS;
    boolean lowest = level == usualNanos.length - 1;
    if (known && !lowest && tookNanos > SLOW_FACTOR * usual && tookNanos > SLOW_NANOS_MIN) {
      slow++;
      if (slow >= SLOW_TICKS) {
        lower(nowNanos);
      }
      return;
    }
    slow = Math.max(0, slow - 1);
    ticks[level][size]++;
    boolean least = ticks[level][size] == 1 || tookNanos < usual;
    usualNanos[level][size] = least ? tookNanos : usual + NEW_WEIGHT * (tookNanos - usual);
    if (level > 0 && nowNanos - changedNanos >= quietNanos) {
      level--;
      slow = 0;
      changedNanos = nowNanos;
      trying = true;
    } else if (trying && nowNanos - changedNanos >= quietNanos) {
      trying = false;
      quietNanos = QUIET_NANOS_MIN;
    }
  }

  private void lower(long nowNanos) {
    if (trying) {
      quietNanos = Math.min(QUIET_NANOS_MAX, 2 * quietNanos);
      trying = false;
    }
    level++;
    slow = 0;
    changedNanos = nowNanos;
  }
}
