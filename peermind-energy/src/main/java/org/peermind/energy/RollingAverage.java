// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;

/// A time-weighted average over the last 30 to 60 s: each value holds until the next one, but never
/// longer than `holdMax`, so that a silent device lowers the coverage instead of repeating itself.
///
/// Immutable. Values are kept as closed segments plus the newest, open one. Segments shorter than
/// 1/256 of the window are merged, which bounds the memory at any sampling rate without changing
/// mean, deviation or minimum (only the oldest, partly expired segment is then prorated).
public final class RollingAverage {
  private static final int SEGMENTS_PER_WINDOW = 256;
  private static final long[] NO_TIMES = {};
  private static final double[] NO_VALUES = {};

  private final long windowNanos;
  private final long holdMaxNanos;

  // Closed segments, oldest first: from, to, integral, integral of squares, minimum and count.
  private final long[] times;
  private final double[] values;

  private final boolean open;
  private final long newestNanos;
  private final double newest;

  private RollingAverage(
      long windowNanos,
      long holdMaxNanos,
      long[] times,
      double[] values,
      boolean open,
      long newestNanos,
      double newest) {
    this.windowNanos = windowNanos;
    this.holdMaxNanos = holdMaxNanos;
    this.times = times;
    this.values = values;
    this.open = open;
    this.newestNanos = newestNanos;
    this.newest = newest;
  }

  /// No values yet.
  ///
  /// @throws IllegalArgumentException when a duration is not positive
  public static RollingAverage empty(Duration window, Duration holdMax) {
    if (window.compareTo(Duration.ofMillis(1)) < 0 || !holdMax.isPositive()) {
      throw new IllegalArgumentException("Window and hold must be positive durations.");
    }
    return new RollingAverage(
        window.toNanos(), holdMax.toNanos(), NO_TIMES, NO_VALUES, false, 0, 0);
  }

  /// This average with one more value, valid from `at` on. A value that is not newer than the
  /// newest is ignored; one of exactly the same time replaces it.
  ///
  /// @throws IllegalArgumentException when `value` is not finite
  public RollingAverage add(Instant at, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("An average takes finite values, not " + value);
    }
    long atNanos = nanos(at);
    if (!open) {
      return new RollingAverage(windowNanos, holdMaxNanos, times, values, true, atNanos, value);
    }
    if (atNanos < newestNanos) {
      return this;
    }
    if (atNanos == newestNanos) {
      return new RollingAverage(windowNanos, holdMaxNanos, times, values, true, atNanos, value);
    }
    return closeNewest(atNanos, value);
  }

  private RollingAverage closeNewest(long atNanos, double value) {
    int segments = times.length / 2;
    int expired = 0;
    while (expired < segments && times[2 * expired + 1] <= atNanos - windowNanos) {
      expired++;
    }
    long closedAt = Math.min(atNanos, newestNanos + holdMaxNanos);
    int last = segments - 1;
    boolean merge =
        last >= expired
            && times[2 * last + 1] == newestNanos
            && closedAt - times[2 * last] <= windowNanos / SEGMENTS_PER_WINDOW;
    int kept = segments - expired;
    int after = merge ? kept : kept + 1;
    long[] newTimes = new long[2 * after];
    double[] newValues = new double[4 * after];
    System.arraycopy(times, 2 * expired, newTimes, 0, 2 * kept);
    System.arraycopy(values, 4 * expired, newValues, 0, 4 * kept);
    double seconds = (closedAt - newestNanos) / 1e9;
    int t = 2 * (after - 1);
    int v = 4 * (after - 1);
    if (merge) {
      newValues[v + 2] = Math.min(newValues[v + 2], newest);
    } else {
      newTimes[t] = newestNanos;
      newValues[v + 2] = newest;
    }
    newTimes[t + 1] = closedAt;
    newValues[v] += newest * seconds;
    newValues[v + 1] += newest * newest * seconds;
    newValues[v + 3] += 1;
    return new RollingAverage(windowNanos, holdMaxNanos, newTimes, newValues, true, atNanos, value);
  }

  /// The statistics of the window that ends at `now`.
  public Statistics over(Instant now) {
    long end = nanos(now);
    long begin = end - windowNanos;
    double covered = 0;
    double integral = 0;
    double squares = 0;
    double minimum = Double.POSITIVE_INFINITY;
    double count = 0;
    for (int i = 0; i < times.length / 2; i++) {
      long from = Math.max(times[2 * i], begin);
      long to = Math.min(times[2 * i + 1], end);
      if (to <= from) {
        continue;
      }
      double share = (double) (to - from) / (times[2 * i + 1] - times[2 * i]);
      covered += (to - from) / 1e9;
      integral += values[4 * i] * share;
      squares += values[4 * i + 1] * share;
      minimum = Math.min(minimum, values[4 * i + 2]);
      count += values[4 * i + 3];
    }
    Duration age = Duration.ofSeconds(Long.MAX_VALUE);
    if (open) {
      age = Duration.ofNanos(Math.max(0, end - newestNanos));
      long from = Math.max(newestNanos, begin);
      long to = Math.min(newestNanos + holdMaxNanos, end);
      if (to >= from) {
        double seconds = (to - from) / 1e9;
        covered += seconds;
        integral += newest * seconds;
        squares += newest * newest * seconds;
        minimum = Math.min(minimum, newest);
        count++;
      }
    }
    return statistics(covered, integral, squares, minimum, (int) count, age);
  }

  private Statistics statistics(
      double covered, double integral, double squares, double minimum, int count, Duration age) {
    if (count == 0) {
      return new Statistics(0, 0, 0, 0, 0, age);
    }
    double coverage = Math.min(1, covered / (windowNanos / 1e9));
    if (covered <= 0) { // a single value that arrived this instant
      return new Statistics(newest, minimum, 0, 0, count, age);
    }
    double mean = integral / covered;
    double variance = Math.max(0, squares / covered - mean * mean);
    return new Statistics(mean, minimum, Math.sqrt(variance), coverage, count, age);
  }

  /// How many segments are kept; bounded whatever the sampling rate.
  public int size() {
    return times.length / 2 + (open ? 1 : 0);
  }

  private static long nanos(Instant instant) {
    // Saturates beyond the years 1678 to 2262, so that a broken clock cannot overflow the sums.
    long seconds = Math.clamp(instant.getEpochSecond(), -9_000_000_000L, 9_000_000_000L);
    return seconds * 1_000_000_000L + instant.getNano();
  }

  /// What a window holds. `mean`, `minimum` and `standardDeviation` are in the unit of the values
  /// and mean nothing while `count` is 0.
  ///
  /// @param coverage share of the window for which a value was held, 0 to 1
  /// @param newestAge age of the newest value; as long as can be when there is none
  public record Statistics(
      double mean,
      double minimum,
      double standardDeviation,
      double coverage,
      int count,
      Duration newestAge) {

    /// Whether a decision may rest on it: enough of the window is covered and the newest value is
    /// fresh.
    public boolean known(double coverageMin, Duration ageMax) {
      return count > 0 && coverage >= coverageMin && newestAge.compareTo(ageMax) <= 0;
    }
  }
}
