// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

import java.util.HashMap;
import java.util.Map;
import org.peermind.inference.Sampling;

/// Changes the logits of one answer by its penalties and biases, before a token is chosen: a
/// function of the logits, the request and the answer's tokens so far alone.
public final class Penalties {
  private final Sampling sampling;
  private final boolean counting;
  private final Map<Integer, Integer> counts = new HashMap<>();

  public Penalties(Sampling sampling) {
    this.sampling = sampling;
    counting = sampling.presencePenalty() != 0 || sampling.frequencyPenalty() != 0;
  }

  /// Counts a token of the answer.
  public void count(int token) {
    if (counting) {
      counts.merge(token, 1, Integer::sum);
    }
  }

  /// Changes `logits`, whose indices are token ids. Each is changed once, from its own value, so
  /// that the order of the tokens does not matter.
  public void apply(float[] logits) {
    counts.forEach(
        (token, count) ->
            add(
                logits,
                token,
                -sampling.presencePenalty()
                    - sampling.frequencyPenalty() * count
                    + sampling.logitBias().getOrDefault(token, 0.0)));
    sampling
        .logitBias()
        .forEach(
            (token, bias) -> {
              if (!counts.containsKey(token)) {
                add(logits, token, bias);
              }
            });
  }

  private static void add(float[] logits, int token, double difference) {
    if (token >= 0 && token < logits.length) {
      logits[token] = (float) (logits[token] + difference);
    }
  }
}
