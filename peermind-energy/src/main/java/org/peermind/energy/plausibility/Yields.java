// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.util.Arrays;

/// What a site made on each of the last fifteen solar days, in hours at its rated power (E9).
final class Yields {
  static final int DAYS = 14;
  private static final int SLOTS = DAYS + 1;
  private static final double SECONDS_MIN = 4 * 3_600;

  private final float[] hours = new float[SLOTS];
  private final float[] seen = new float[SLOTS];
  private long newest = Long.MIN_VALUE;

  /// Takes what was made since the reading before.
  ///
  /// @param share of the rated power
  /// @return whether a day has just ended
  boolean add(long day, double share, double seconds) {
    boolean isNew = day > newest;
    if (isNew) {
      long gap = newest == Long.MIN_VALUE ? SLOTS : Math.min(SLOTS, day - newest);
      for (long empty = day - gap + 1; empty <= day; empty++) {
        hours[index(empty)] = 0;
        seen[index(empty)] = 0;
      }
    }
    boolean hasEnded = isNew && newest != Long.MIN_VALUE;
    newest = Math.max(newest, day);
    hours[index(day)] += (float) (share * seconds / 3_600);
    seen[index(day)] += (float) seconds;
    return hasEnded;
  }

  private static int index(long day) {
    return (int) Math.floorMod(day, (long) SLOTS);
  }

  /// The mean of the last whole days before `day` in hours; NaN unless most of each was seen.
  double mean(long day, int days) {
    double sum = 0;
    for (long each = day - days; each < day; each++) {
      if (each <= newest - SLOTS || each > newest || seen[index(each)] < SECONDS_MIN) {
        return Double.NaN;
      }
      sum += hours[index(each)];
    }
    return sum / days;
  }

  /// The middle of some figures; NaN of none.
  static double median(double[] figures, int count) {
    if (count == 0) {
      return Double.NaN;
    }
    double[] sorted = Arrays.copyOf(figures, count);
    Arrays.sort(sorted);
    return sorted[count / 2];
  }
}
