// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;

/// What voters weigh in the chamber of capacity, in millionths (PMV-1, tally): `w = clamp(sqrt(c /
/// c_median), 0.5, 2)`, and no share of the sum above `min(1/3, max(0.10, 1.5/N))`. All in whole
/// numbers that are rounded down, so that every machine counts the same.
public final class CapacityWeights {
  /// The weight of a voter with the median capacity.
  public static final long ONE = 1_000_000;

  private static final long LEAST = ONE / 2;
  private static final long MOST = 2 * ONE;
  private static final BigInteger ONE_SQUARED = BigInteger.valueOf(ONE * ONE);

  private CapacityWeights() {}

  /// The weights before the cap on shares.
  ///
  /// @param capacities of those to weigh, at least 0, in any unit
  /// @param ofAll the capacities whose median weighs [#ONE]; the median of an even number is the
  ///   mean of the middle two, and where it is 0 everybody weighs the same
  public static List<Long> uncapped(List<Long> capacities, List<Long> ofAll) {
    if (capacities.stream().anyMatch(capacity -> capacity < 0)) {
      throw new IllegalArgumentException("A capacity is not negative");
    }
    List<Long> sorted = ofAll.stream().sorted().toList();
    BigInteger medianTwice =
        sorted.isEmpty()
            ? BigInteger.ZERO
            : BigInteger.valueOf(sorted.get((sorted.size() - 1) / 2))
                .add(BigInteger.valueOf(sorted.get(sorted.size() / 2)));
    return capacities.stream()
        .map(capacity -> medianTwice.signum() == 0 ? ONE : root(capacity, medianTwice))
        .toList();
  }

  private static long root(long capacity, BigInteger medianTwice) {
    BigInteger square =
        BigInteger.valueOf(capacity).shiftLeft(1).multiply(ONE_SQUARED).divide(medianTwice);
    BigInteger root = square.sqrt();
    return root.bitLength() > 62 ? MOST : Math.clamp(root.longValue(), LEAST, MOST);
  }

  /// Lowers the largest weights until none has more than its share of what is then the sum. Three
  /// voters or fewer end up equal.
  public static List<Long> capped(List<Long> weights) {
    int voters = weights.size();
    if (voters <= 3) {
      return weights.stream().map(_ -> ONE).toList();
    }
    // The share is part / whole: 1/3 for 4 voters, 3/(2N) up to 15, 1/10 from then on.
    long part = voters == 4 ? 1 : voters < 15 ? 3 : 1;
    long whole = voters == 4 ? 3 : voters < 15 ? 2L * voters : 10;
    List<Long> descending = weights.stream().sorted(Comparator.reverseOrder()).toList();
    long rest = descending.stream().mapToLong(Long::longValue).sum();
    long cap = Long.MAX_VALUE;
    // Those above the cap are set to it; what each may have then follows from the sum of the rest.
    // As part/whole is more than 1/N, the loop ends while `whole - above * part` is positive.
    for (int above = 0; above < voters; above++) {
      long allowed = part * rest / (whole - above * part);
      if (descending.get(above) <= allowed) {
        break;
      }
      rest -= descending.get(above);
      cap = part * rest / (whole - (above + 1) * part);
    }
    long highest = cap;
    return weights.stream().map(weight -> Math.min(weight, highest)).toList();
  }
}
