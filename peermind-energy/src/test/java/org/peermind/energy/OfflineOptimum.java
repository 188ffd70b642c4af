// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.util.Arrays;

/// What a controller could do at best that knew the whole day before it began: the most energy
/// served without a joule from the grid, then the fewest loads. It loads for as long, draws as much
/// and keeps to the same dwell as ours.
///
/// A dynamic programme over seconds. Between two moves a level is held for at least the dwell, so
/// the only states are "free to move at second t", one per level; entering a level jumps over its
/// whole dwell at once. That is exact, because within the dwell there is nothing to decide. Values
/// are whole decijoules with the loads as the last digits, so that ties are compared exactly.
final class OfflineOptimum {
  private static final long LOAD_UNIT = 1L << 16;
  private static final long IMPOSSIBLE = Long.MIN_VALUE / 4;

  private final int[] draws;
  private final int dwell;
  private final int loadingSeconds;
  private final int loadingWatts;

  /// @param draws the draw of each level in watts, rising; level 0 is off and draws nothing
  /// @param dwell seconds for which a level is held at least
  /// @param loadingSeconds how long a load takes, during which nothing is served
  /// @param loadingWatts what it draws meanwhile
  OfflineOptimum(int[] draws, int dwell, int loadingSeconds, int loadingWatts) {
    if (draws[0] != 0 || dwell < loadingSeconds) {
      throw new IllegalArgumentException("Level 0 is off, and a load takes less than the dwell.");
    }
    this.draws = draws.clone();
    this.dwell = dwell;
    this.loadingSeconds = loadingSeconds;
    this.loadingWatts = loadingWatts;
  }

  /// @param joules served, without the loading
  record Result(double joules, int loads) {}

  /// The best of one day.
  ///
  /// @param surplus production minus the house in watts, for each second
  Result of(double[] surplus) {
    int seconds = surplus.length;
    int levels = draws.length;
    int[][] shortages = new int[levels][];
    for (int level = 0; level < levels; level++) {
      shortages[level] = shortages(surplus, draws[level]);
    }
    int[] loading = shortages(surplus, loadingWatts);
    long[][] free = new long[levels][seconds + 1];
    for (long[] row : free) {
      Arrays.fill(row, IMPOSSIBLE);
    }
    free[0][0] = 0; // the first load is not held back by a dwell
    for (int t = 0; t < seconds; t++) {
      for (int from = 0; from < levels; from++) {
        long value = free[from][t];
        if (value == IMPOSSIBLE) {
          continue;
        }
        if (from == 0 || surplus[t] >= draws[from]) {
          raise(free[from], t + 1, value + served(from, 1));
        }
        for (int to = 0; to < levels; to++) {
          if (to != from) {
            enter(free[to], shortages[to], loading, from, to, t, value);
          }
        }
      }
    }
    long best = free[0][seconds];
    for (int level = 1; level < levels; level++) {
      best = Math.max(best, free[level][seconds]);
    }
    return result(best);
  }

  private void enter(
      long[] row, int[] shortages, int[] loading, int from, int to, int t, long value) {
    int end = t + dwell;
    int last = row.length - 1;
    if (end > last) {
      if (to != 0) {
        return; // a dwell that the day cuts off is not begun
      }
      end = last;
    }
    boolean loads = from == 0;
    int begun = loads && to != 0 ? t + loadingSeconds : t;
    if (to != 0 && (shortages[end] - shortages[begun] > 0 || loading[begun] - loading[t] > 0)) {
      return;
    }
    raise(row, end, value + served(to, end - begun) - (loads && to != 0 ? 1 : 0));
  }

  private long served(int level, int seconds) {
    return 10L * draws[level] * seconds * LOAD_UNIT;
  }

  private static void raise(long[] row, int at, long value) {
    row[at] = Math.max(row[at], value);
  }

  private static Result result(long value) {
    long decijoules = Math.ceilDiv(value, LOAD_UNIT);
    return new Result(decijoules / 10.0, (int) (decijoules * LOAD_UNIT - value));
  }

  /// How many of the seconds before each index offer less than `watts`.
  private static int[] shortages(double[] surplus, double watts) {
    int[] sums = new int[surplus.length + 1];
    for (int t = 0; t < surplus.length; t++) {
      sums[t + 1] = sums[t] + (surplus[t] < watts ? 1 : 0);
    }
    return sums;
  }
}
