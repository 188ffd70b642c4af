// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;

/// How likely a model finds the tokens of a [ScoredSequence]: the natural logarithm of each wanted
/// token's probability given all before it, in order.
///
/// @param logprobs one for each token from the sequence's `from` on, at most 0 but for rounding
public record SequenceScore(List<Double> logprobs) {
  /// @throws IllegalArgumentException when there is none
  public SequenceScore {
    if (logprobs.isEmpty()) {
      throw new IllegalArgumentException("A score has at least one token");
    }
    logprobs = List.copyOf(logprobs);
  }

  /// The logarithm of the probability of all tokens together.
  public double sum() {
    double sum = 0;
    for (double logprob : logprobs) {
      sum += logprob;
    }
    return sum;
  }

  /// The loss: the mean negative log-likelihood, in nats per token.
  public double loss() {
    return -sum() / logprobs.size();
  }

  /// It would tell something of what somebody wrote.
  @Override
  public String toString() {
    return "SequenceScore[" + logprobs.size() + " tokens]";
  }
}
