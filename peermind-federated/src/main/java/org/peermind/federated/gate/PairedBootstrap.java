// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.List;

/// The paired bootstrap (Efron and Tibshirani 1993, chapter 13): items are drawn again with
/// replacement, each with both of its losses, so that what is hard about an item falls out.
public final class PairedBootstrap {
  /// How often items are drawn again.
  public static final int RESAMPLES = 2_000;

  private PairedBootstrap() {}

  /// The share of resamples whose mean difference is at most `bound`, from 0 to 1.
  ///
  /// @param differences of each item, with the update less without it
  /// @param seed of the drawing, so that everybody who has the figures finds the same
  /// @throws IllegalArgumentException when there are none
  public static double shareAtMost(double bound, List<Double> differences, long seed) {
    if (differences.isEmpty()) {
      throw new IllegalArgumentException("there are no items to draw from");
    }
    double[] all = differences.stream().mapToDouble(Double::doubleValue).toArray();
    SplitMix64 random = new SplitMix64(seed);
    int within = 0;
    for (int resample = 0; resample < RESAMPLES; resample++) {
      double sum = 0;
      for (int drawn = 0; drawn < all.length; drawn++) {
        sum += all[random.below(all.length)];
      }
      if (sum / all.length <= bound) {
        within++;
      }
    }
    return (double) within / RESAMPLES;
  }
}
