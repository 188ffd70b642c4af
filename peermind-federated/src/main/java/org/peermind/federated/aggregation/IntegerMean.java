// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.List;

/// The weighted mean of whole numbers, exact but for the last rounding, and so the same in any
/// order of the vectors.
public final class IntegerMean {
  /// Largest sum of weights: no sum of products leaves a `long`.
  public static final long WEIGHTS_MAX = Integer.MAX_VALUE;

  private IntegerMean() {}

  /// `sum w x` of each coordinate.
  ///
  /// @param weights one above 0 for each vector
  /// @throws IllegalArgumentException with one sentence when the vectors cannot be added
  public static long[] sum(List<int[]> vectors, List<Long> weights) {
    total(vectors, weights);
    long[] sums = new long[vectors.getFirst().length];
    for (int vector = 0; vector < vectors.size(); vector++) {
      int[] x = vectors.get(vector);
      long weight = weights.get(vector);
      for (int index = 0; index < sums.length; index++) {
        sums[index] += weight * x[index];
      }
    }
    return sums;
  }

  /// `sum w x / sum w` of each coordinate to the nearest whole number, a half to the even one.
  ///
  /// @param weights one above 0 for each vector
  /// @throws IllegalArgumentException with one sentence when the vectors cannot be averaged
  public static int[] of(List<int[]> vectors, List<Long> weights) {
    long total = total(vectors, weights);
    long[] sums = sum(vectors, weights);
    int[] mean = new int[sums.length];
    for (int index = 0; index < mean.length; index++) {
      mean[index] = (int) divide(sums[index], total);
    }
    return mean;
  }

  private static long divide(long sum, long total) {
    long floor = Math.floorDiv(sum, total);
    long twice = 2 * (sum - floor * total);
    boolean isUp = twice > total || (twice == total && (floor & 1) != 0);
    return isUp ? floor + 1 : floor;
  }

  private static long total(List<int[]> vectors, List<Long> weights) {
    if (vectors.isEmpty()) {
      throw new IllegalArgumentException("There is no vector to average.");
    }
    if (weights.size() != vectors.size()) {
      throw new IllegalArgumentException(
          "There are %d weights for %d vectors; give one for each."
              .formatted(weights.size(), vectors.size()));
    }
    int length = vectors.getFirst().length;
    long total = 0;
    for (int vector = 0; vector < vectors.size(); vector++) {
      if (vectors.get(vector).length != length) {
        throw new IllegalArgumentException(
            "Vector %d has %d coordinates but vector 0 has %d; all must have as many."
                .formatted(vector, vectors.get(vector).length, length));
      }
      long weight = weights.get(vector);
      if (weight < 1 || weight > WEIGHTS_MAX - total) {
        throw new IllegalArgumentException(
            "Weight %d is %d; weights must be above 0 and their sum at most %d."
                .formatted(vector, weight, WEIGHTS_MAX));
      }
      total += weight;
    }
    return total;
  }
}
