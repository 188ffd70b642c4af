// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

/// A bit that says little of one opinion and, together with many, how many were good (Warner,
/// Journal of the American Statistical Association 60(309), 1965). It is the opinion with the
/// probability `p = e^epsilon / (1 + e^epsilon)`, else its opposite; of no opinion it is a fair
/// coin. So no bit is more than `e^epsilon` times as likely from one opinion as from another, and
/// whether a user had one is as hidden as which.
///
/// With an opinion `b` of -1, 0 or 1, the bit `y` of -1 or 1 has the mean `(2 p - 1) b`, so that `y
/// / (2 p - 1)` is `b` on average.
///
/// @param epsilon the privacy loss of one bit, from 0.01 to 16
public record RandomisedResponse(double epsilon) {
  private static final double EPSILON_MIN = 0.01;
  private static final double EPSILON_MAX = 16;
  private static final int BITS = 62;

  /// @throws IllegalArgumentException when the loss is out of its bounds
  public RandomisedResponse {
    if (!(epsilon >= EPSILON_MIN && epsilon <= EPSILON_MAX)) {
      throw new IllegalArgumentException(
          "the privacy loss of an answer is from %s to %s, not %s"
              .formatted(EPSILON_MIN, EPSILON_MAX, epsilon));
    }
  }

  /// The bit to report: whether the answer was liked.
  ///
  /// @param random 64 bits that nobody can foresee, from a secure source, for this bit alone
  public boolean bit(Opinion opinion, long random) {
    return switch (opinion) {
      case BETTER -> isTruthful(random);
      case WORSE -> !isTruthful(random);
      case NONE -> random < 0;
    };
  }

  /// Whole numbers are compared, so that no rounding of a random fraction tells anything.
  private boolean isTruthful(long random) {
    long threshold = (long) Math.scalb(1 / (1 + StrictMath.exp(-epsilon)), BITS);
    return (random >>> (Long.SIZE - BITS)) < threshold;
  }

  /// What a bit counts, `1 / (2 p - 1) = 1 / tanh(epsilon / 2)`: with it, bits are their opinions
  /// on average.
  public double weight() {
    return 1 / StrictMath.tanh(epsilon / 2);
  }
}
