// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

/// How likely tokens are by the model itself: the logarithm of the softmax over its logits.
public final class LogitRanking {
  /// What stands for the logarithm of no probability, or of one that is no number.
  public static final double LEAST = -9999;

  private final float[] logits;
  private final double logTotal;

  /// @param logits as the model gave them; not changed, and not to be changed meanwhile
  public LogitRanking(float[] logits) {
    this.logits = logits;
    float top = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      if (logit > top && logit != Float.POSITIVE_INFINITY) {
        top = logit;
      }
    }
    double total = 0;
    for (float logit : logits) {
      if (logit <= top && logit > Float.NEGATIVE_INFINITY) {
        total += Math.exp((double) logit - top);
      }
    }
    logTotal = top + Math.log(total);
  }

  /// The natural logarithm of the token's probability, from [#LEAST] to 0.
  public double logprob(int token) {
    double logprob = logits[token] - logTotal;
    return logprob >= LEAST ? Math.min(0, logprob) : LEAST;
  }

  /// The likeliest tokens, at most `count`, the likeliest first, lowest id first among equals.
  public int[] top(int count) {
    int[] best = new int[Math.min(count, logits.length)];
    int found = 0;
    for (int id = 0; id < logits.length && best.length > 0; id++) {
      float logit = logits[id];
      if (Float.isNaN(logit) || (found == best.length && !(logit > logits[best[found - 1]]))) {
        continue;
      }
      int place = found < best.length ? found++ : found - 1;
      while (place > 0 && logit > logits[best[place - 1]]) {
        best[place] = best[place - 1];
        place--;
      }
      best[place] = id;
    }
    return java.util.Arrays.copyOf(best, found);
  }
}
