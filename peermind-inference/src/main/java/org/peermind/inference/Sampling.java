// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// How the next token is chosen. Temperature 0 takes the best token; otherwise the token at
/// position *i* depends on the logits, `seed` and *i* alone (design section 6).
public record Sampling(double temperature, double topP, long seed) {
  public static final double TEMPERATURE_MAX = 2;

  /// @throws IllegalArgumentException when the temperature is outside 0 to 2 or `topP` outside (0,
  ///   1]
  public Sampling {
    if (!(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
      throw new IllegalArgumentException("The temperature must be from 0 to 2, not " + temperature);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p must be above 0 and at most 1, not " + topP);
    }
  }

  /// Always the best token.
  public static Sampling greedy() {
    return new Sampling(0, 1, 0);
  }
}
