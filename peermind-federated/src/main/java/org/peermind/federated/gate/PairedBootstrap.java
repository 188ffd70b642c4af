// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.List;
import java.util.random.RandomGenerator;

/// The paired bootstrap (Efron and Tibshirani 1993, chapter 13): items are drawn again with
/// replacement, each with both of its losses, so that what is hard about an item falls out.
public final class PairedBootstrap {
  /// How often items are drawn again.
  public static final int RESAMPLES = 2_000;

  private PairedBootstrap() {}

  /// The share of resamples whose mean difference is at most `bound`.
  ///
  /// @param differences of each item, with the update less without it
  /// @param random seeded, so that everybody who has the figures finds the same
  /// @throws IllegalArgumentException when there are none
  public static double shareAtMost(double bound, List<Double> differences, RandomGenerator random) {
    if (differences.isEmpty()) {
      throw new IllegalArgumentException("there are no items to draw from");
    }
    int items = differences.size();
    int within = 0;
    for (int resample = 0; resample < RESAMPLES; resample++) {
      double sum = 0;
      for (int drawn = 0; drawn < items; drawn++) {
        sum += differences.get(random.nextInt(items));
      }
      if (sum / items <= bound) {
        within++;
      }
    }
    return (double) within / RESAMPLES;
  }
}
