// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

import java.util.Optional;

/// What a user's bits may tell of him, all together. Losses add up, over all periods: whoever has
/// all bits learns at most `e^spent` times as much as before.
///
/// With a small probability `delta` of more than that, the loss of many bits is far smaller than
/// their sum; [#epsilon] computes it exactly for bits of one loss.
///
/// @param limit the largest sum
/// @param spent the sum so far
public record PrivacyBudget(double limit, double spent) {
  /// Most bits of one loss that are counted together.
  public static final int BITS_MAX = 1 << 16;

  private static final int HALVINGS = 60;

  /// @throws IllegalArgumentException when a number is not finite, negative, or beyond the limit
  public PrivacyBudget {
    if (!(limit >= 0 && spent >= 0 && spent <= limit && Double.isFinite(limit))) {
      throw new IllegalArgumentException(
          "a privacy budget of %s cannot have %s spent".formatted(limit, spent));
    }
  }

  /// The budget after one more bit; empty when it is too little for that, and the bit is not given.
  public Optional<PrivacyBudget> after(RandomisedResponse response) {
    double sum = spent + response.epsilon();
    return sum <= limit ? Optional.of(new PrivacyBudget(limit, sum)) : Optional.empty();
  }

  /// The probability of losing more than `epsilon` by a number of bits: exactly `sum over k of
  /// Bin(n, p)(k) max(0, 1 - e^(epsilon - (2 k - n) loss))`, since `k` truthful bits of `n` say
  /// `e^((2 k - n) loss)` times more for the opinions that they are of than for the opposite ones.
  /// Nothing else of the same loss for a bit loses more (Kairouz, Oh, Viswanath, ICML 2015).
  public static double delta(RandomisedResponse response, int bits, double epsilon) {
    if (bits < 0 || bits > BITS_MAX) {
      throw new IllegalArgumentException(
          "at most %d bits are counted together, not %d".formatted(BITS_MAX, bits));
    }
    double loss = response.epsilon();
    double logTruth = -StrictMath.log1p(StrictMath.exp(-loss));
    double logLie = logTruth - loss;
    double logChoices = 0;
    double sum = 0;
    for (int lies = 0; lies <= bits; lies++) {
      double lost = (bits - 2.0 * lies) * loss;
      if (lost <= epsilon) {
        break;
      }
      double probability = StrictMath.exp(logChoices + (bits - lies) * logTruth + lies * logLie);
      sum += probability * -StrictMath.expm1(epsilon - lost);
      logChoices += StrictMath.log(bits - lies) - StrictMath.log1p(lies);
    }
    return Math.min(1, sum);
  }

  /// The loss of a number of bits, but for the probability `delta`; never too small a number but
  /// for rounding.
  ///
  /// @throws IllegalArgumentException when `delta` is not from 0 to 1
  public static double epsilon(RandomisedResponse response, int bits, double delta) {
    if (!(delta >= 0 && delta <= 1)) {
      throw new IllegalArgumentException("delta is a probability, not " + delta);
    }
    double low = 0;
    double high = bits * response.epsilon();
    if (delta(response, bits, low) <= delta) {
      return 0;
    }
    for (int halving = 0; halving < HALVINGS; halving++) {
      double middle = (low + high) / 2;
      if (delta(response, bits, middle) <= delta) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }
}
