// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.util.Arrays;

/// How the clouds changed over a site, minute by minute, for eight days: production as a share of a
/// cloudless sky's, of which neighbouring minutes are compared. What is left of a clear day is
/// nothing, so that clear days, which are alike everywhere, prove nothing.
final class Clouds {
  static final int MINUTES = 8 * 24 * 60;
  static final int WINDOW_MINUTES = 120;
  static final int SAMPLES_MIN = 30;
  private static final double CLEAR_MIN = 50;
  private static final double CLOUD_STEP_MIN = 0.02;

  private final float[] share = new float[MINUTES];
  private long newest = Long.MIN_VALUE;

  Clouds() {
    Arrays.fill(share, Float.NaN);
  }

  /// Takes the first value of a minute, which is the epoch's seconds over 60; later ones of the
  /// same minute change nothing.
  ///
  /// @param clear irradiance of a cloudless sky in W/m²
  void add(long minute, double watts, double clear) {
    if (minute <= newest) {
      return;
    }
    long gap = newest == Long.MIN_VALUE ? MINUTES : Math.min(MINUTES, minute - newest);
    for (long empty = minute - gap + 1; empty <= minute; empty++) {
      share[index(empty)] = Float.NaN;
    }
    newest = minute;
    if (clear >= CLEAR_MIN) {
      share[index(minute)] = (float) (watts / clear);
    }
  }

  private static int index(long minute) {
    return (int) Math.floorMod(minute, (long) MINUTES);
  }

  private float step(long minute) {
    return minute > newest || minute - 1 <= newest - MINUTES
        ? Float.NaN
        : share[index(minute)] - share[index(minute - 1)];
  }

  /// The last two hours' steps; those of a clear sky are left out.
  Window window() {
    long[] minutes = new long[WINDOW_MINUTES];
    float[] steps = new float[WINDOW_MINUTES];
    if (newest == Long.MIN_VALUE) {
      return new Window(this, minutes, steps, 0);
    }
    double most = 0;
    for (long minute = newest - WINDOW_MINUTES; minute <= newest; minute++) {
      float value = share[index(minute)];
      most = value > most ? value : most;
    }
    int count = 0;
    for (long minute = newest - WINDOW_MINUTES + 1; minute <= newest; minute++) {
      float step = step(minute);
      if (Math.abs(step) >= CLOUD_STEP_MIN * most && most > 0) {
        minutes[count] = minute;
        steps[count++] = step;
      }
    }
    return new Window(this, minutes, steps, count);
  }

  /// The changes of the last two hours over one site.
  static final class Window {
    private final Clouds clouds;
    private final long[] minutes;
    private final float[] steps;
    private final int count;
    private final float limit;

    private Window(Clouds clouds, long[] minutes, float[] steps, int count) {
      this.clouds = clouds;
      this.minutes = minutes;
      this.steps = steps;
      this.count = count;
      this.limit = limit(steps, count);
    }

    /// Twice the middle size of a step: without it two or three large jumps would decide alone.
    private static float limit(float[] steps, int count) {
      float[] sizes = new float[count];
      for (int i = 0; i < count; i++) {
        sizes[i] = Math.abs(steps[i]);
      }
      Arrays.sort(sizes);
      return count == 0 ? 0 : 2 * sizes[count / 2];
    }

    /// Whether there were clouds enough to tell one sky from another.
    boolean tells() {
      return count >= SAMPLES_MIN;
    }

    /// Pearson's correlation with the steps of others that many minutes earlier; NaN when fewer
    /// than thirty changes are known on both sides.
    double correlation(Clouds others, long lagMinutes) {
      double sumX = 0;
      double sumY = 0;
      double sumXx = 0;
      double sumYy = 0;
      double sumXy = 0;
      int samples = 0;
      for (int i = 0; i < count; i++) {
        double x = Math.clamp(steps[i], -limit, limit);
        double y = others.step(minutes[i] - lagMinutes);
        if (!Double.isNaN(y)) {
          y = Math.clamp(y, -limit, limit);
          sumX += x;
          sumY += y;
          sumXx += x * x;
          sumYy += y * y;
          sumXy += x * y;
          samples++;
        }
      }
      if (samples < SAMPLES_MIN) {
        return Double.NaN;
      }
      double varianceX = sumXx - sumX * sumX / samples;
      double varianceY = sumYy - sumY * sumY / samples;
      return varianceX <= 0 || varianceY <= 0
          ? Double.NaN
          : (sumXy - sumX * sumY / samples) / Math.sqrt(varianceX * varianceY);
    }

    /// The minutes ago at which the same clouds passed already, within the eight days; -1 when they
    /// did not.
    int repeatedAfter(int lagMin, double correlationMin) {
      for (int lag = lagMin; lag < MINUTES - WINDOW_MINUTES; lag++) {
        if (correlation(clouds, lag) > correlationMin) {
          return lag;
        }
      }
      return -1;
    }
  }
}
