// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Map;

/// How the next token is chosen. Temperature 0 takes the best token; otherwise the token at
/// position *i* depends on the logits, `seed`, *i* and the tokens of the answer before it alone
/// (design section 6).
///
/// @param temperature 0 to 2
/// @param topP above 0, at most 1: the likeliest tokens that reach this probability together
/// @param seed of the noise
/// @param topK the likeliest tokens only; 0 means all
/// @param minP tokens at least so likely as this part of the likeliest; 0 means all
/// @param presencePenalty -2 to 2, taken from the logit of a token that the answer contains
/// @param frequencyPenalty -2 to 2, taken once for each time that the answer contains the token
/// @param logitBias added to the logits of these tokens, -100 to 100
public record Sampling(
    double temperature,
    double topP,
    long seed,
    int topK,
    double minP,
    double presencePenalty,
    double frequencyPenalty,
    Map<Integer, Double> logitBias) {
  public static final double TEMPERATURE_MAX = 2;
  public static final int TOP_K_MAX = 1_000_000;
  public static final double PENALTY_MAX = 2;
  public static final double BIAS_MAX = 100;
  public static final int BIASES_MAX = 1_024;

  /// @throws IllegalArgumentException when a value is out of its range
  public Sampling {
    logitBias = Map.copyOf(logitBias);
    if (!(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
      throw new IllegalArgumentException("The temperature must be from 0 to 2, not " + temperature);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p must be above 0 and at most 1, not " + topP);
    }
    if (topK < 0 || topK > TOP_K_MAX) {
      throw new IllegalArgumentException(
          "top_k must be from 0 to %d, not %d".formatted(TOP_K_MAX, topK));
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw new IllegalArgumentException("min_p must be from 0 to 1, not " + minP);
    }
    checkPenalty("presence_penalty", presencePenalty);
    checkPenalty("frequency_penalty", frequencyPenalty);
    if (logitBias.size() > BIASES_MAX
        || !logitBias.values().stream().allMatch(bias -> Math.abs(bias) <= BIAS_MAX)) {
      throw new IllegalArgumentException(
          "logit_bias has at most %d tokens, each from -100 to 100".formatted(BIASES_MAX));
    }
  }

  /// Without top-k, min-p, penalties and biases.
  public Sampling(double temperature, double topP, long seed) {
    this(temperature, topP, seed, 0, 0, 0, 0, Map.of());
  }

  /// Always the best token.
  public static Sampling greedy() {
    return new Sampling(0, 1, 0);
  }

  /// The same with another seed.
  public Sampling withSeed(long other) {
    return new Sampling(
        temperature, topP, other, topK, minP, presencePenalty, frequencyPenalty, logitBias);
  }

  private static void checkPenalty(String name, double penalty) {
    if (!(Math.abs(penalty) <= PENALTY_MAX)) {
      throw new IllegalArgumentException(name + " must be from -2 to 2, not " + penalty);
    }
  }
}
