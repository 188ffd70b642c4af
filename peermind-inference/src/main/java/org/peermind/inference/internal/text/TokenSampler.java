// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

import java.util.Arrays;
import org.peermind.inference.Sampling;

/// Chooses the token at a position of an answer from its logits, the seed and the position alone
/// (design section 6, step 4), so that any machine with the same model goes on the same way.
///
/// With a temperature, every candidate gets its own Gumbel noise from a hash of seed, position and
/// token id, and the best sum wins. That draws from the softmax exactly (Gumbel-max), and unlike an
/// inverse of the cumulated distribution a small error in one logit moves no other candidate.
/// Scores are kept in the unit of logits, so that one margin fits every temperature.
///
/// Top-p, top-k and min-p each keep a beginning of the tokens in the order of their logits, lowest
/// id first among equals, so that all three together keep the shortest of the three. Probabilities
/// are those at the temperature, of all tokens.
///
/// Not safe for several threads: it keeps its working memory.
public final class TokenSampler {
  /// Candidates closer than this, in logits, may change places on another machine: prefill and
  /// step-by-step runs round differently.
  public static final double NEAR_TIE_MARGIN = 1e-3;

  private static final double NOISE_MAX = 38; // -log(-log(1 - 2^-54)) is below this
  private static final double LOG_2 = 0.6931471805599454; // rounded up
  private static final int UNIFORM_BITS = 53;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final double FIRST_CUT = 1e-5;
  private static final double CUT_STEP = 1e-4;
  private static final double LAST_CUT = 1e-30;

  private final Sampling sampling;
  private final double massMargin;
  private long[] order = new long[64];
  private int ordered;

  public TokenSampler(Sampling sampling) {
    this.sampling = sampling;
    // An error of a logit moves a probability by at most a quarter of it over the temperature.
    massMargin = NEAR_TIE_MARGIN * Math.max(1, 0.25 / Math.max(1e-6, sampling.temperature()));
  }

  /// The chosen token, and whether another candidate came within [#NEAR_TIE_MARGIN] of it.
  public record Choice(int tokenId, boolean nearTie) {}

  /// Whether the choice is made among some of the likeliest tokens only.
  public boolean cuts() {
    return sampling.temperature() > 0
        && (sampling.topP() < 1 || sampling.topK() > 0 || sampling.minP() > 0);
  }

  /// Chooses the token at `position`, counted from the first token of the answer.
  ///
  /// @throws ArithmeticException when no logit is a finite number, which a sound model never gives
  public Choice choose(float[] logits, int position) {
    if (sampling.temperature() == 0) {
      return greedy(logits);
    }
    float top = logits[best(logits)];
    return cuts() ? sampleLikeliest(logits, top, position) : sampleAll(logits, position);
  }

  private static int best(float[] logits) {
    int best = -1;
    float most = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] > most && logits[id] != Float.POSITIVE_INFINITY) {
        most = logits[id];
        best = id;
      }
    }
    return checked(best);
  }

  private static int checked(int best) {
    if (best < 0) {
      throw new ArithmeticException("The model gave no finite number for any token.");
    }
    return best;
  }

  /// The best token in one pass; a comparison with what is no number is false.
  private static Choice greedy(float[] logits) {
    int best = -1;
    float first = Float.NEGATIVE_INFINITY;
    float second = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      float logit = logits[id];
      if (logit > second && logit != Float.POSITIVE_INFINITY) {
        if (logit > first) {
          second = first;
          first = logit;
          best = id;
        } else {
          second = logit;
        }
      }
    }
    checked(best);
    return new Choice(best, second > first - NEAR_TIE_MARGIN);
  }

  /// Samples among all tokens. A token whose noise cannot bring it to the second place is passed
  /// over by its hash alone, without a logarithm.
  private Choice sampleAll(float[] logits, int position) {
    long key = key(position);
    double temperature = sampling.temperature();
    double reach = temperature * NOISE_MAX;
    int winner = -1;
    double first = Double.NEGATIVE_INFINITY;
    double second = Double.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      float logit = logits[id];
      if (!(logit + reach >= second) || Float.isInfinite(logit)) {
        continue;
      }
      long hash = mix(key + id * GOLDEN) >>> (Long.SIZE - UNIFORM_BITS);
      if (logit + temperature * noiseBound(hash) < second) {
        continue;
      }
      double score = logit + temperature * noise(hash);
      if (score > first) {
        second = first;
        first = score;
        winner = id;
      } else if (score > second) {
        second = score;
      }
    }
    return new Choice(winner, first - second < NEAR_TIE_MARGIN);
  }

  /// Samples among the tokens that top-p, top-k and min-p keep.
  ///
  /// Rounding may move a token over the edge of that set. So the winner is looked for in the
  /// narrowest set that rounding may leave and in the widest as well: when they differ, or two
  /// candidates of the widest come near each other, it is a near-tie.
  private Choice sampleLikeliest(float[] logits, float top, int position) {
    Kept kept = likeliest(logits, top);
    long key = key(position);
    double narrowFirst = Double.NEGATIVE_INFINITY;
    int narrow = -1;
    double insideFirst = Double.NEGATIVE_INFINITY;
    int inside = -1;
    double first = Double.NEGATIVE_INFINITY;
    double second = Double.NEGATIVE_INFINITY;
    int wide = -1;
    for (int rank = 0; rank < kept.widest; rank++) {
      int id = id(order[rank]);
      long hash = mix(key + id * GOLDEN) >>> (Long.SIZE - UNIFORM_BITS);
      double score = logits[id] + sampling.temperature() * noise(hash);
      if (rank < kept.narrowest && better(score, id, narrowFirst, narrow)) {
        narrowFirst = score;
        narrow = id;
      }
      if (rank < kept.inside && better(score, id, insideFirst, inside)) {
        insideFirst = score;
        inside = id;
      }
      if (better(score, id, first, wide)) {
        second = first;
        first = score;
        wide = id;
      } else if (score > second) {
        second = score;
      }
    }
    boolean nearTie = kept.widest > 1 && (narrow != wide || first - second < NEAR_TIE_MARGIN);
    return new Choice(inside, nearTie);
  }

  private static boolean better(double score, int id, double best, int bestId) {
    return score > best || (score == best && id < bestId);
  }

  /// How many of the ordered tokens are kept: surely, as computed, and at most.
  private record Kept(int narrowest, int inside, int widest) {}

  /// Orders as many of the likeliest tokens as may be kept. Only tokens above a cut are sorted; the
  /// cut is lowered when they do not suffice.
  private Kept likeliest(float[] logits, float top) {
    double temperature = sampling.temperature();
    double total = 0;
    for (float logit : logits) {
      if (logit - top <= 0 && logit > Float.NEGATIVE_INFINITY) {
        total += Math.exp(((double) logit - top) / temperature);
      }
    }
    for (double cut = FIRST_CUT; ; cut *= CUT_STEP) {
      boolean all = cut < LAST_CUT;
      order(logits, all ? Double.NEGATIVE_INFINITY : top + temperature * Math.log(cut * total));
      Kept kept = kept(logits, top, total);
      if (all || kept.widest < ordered) {
        return kept;
      }
    }
  }

  private void order(float[] logits, double least) {
    ordered = 0;
    for (int id = 0; id < logits.length; id++) {
      float logit = logits[id];
      if (logit > least && logit != Float.POSITIVE_INFINITY) {
        if (ordered == order.length) {
          order = Arrays.copyOf(order, Math.min(logits.length, 2 * ordered));
        }
        order[ordered++] = sortable(logit, id);
      }
    }
    Arrays.sort(order, 0, ordered);
  }

  /// A number that is the lower, the greater the logit, and the lower the id among equals.
  private static long sortable(float logit, int id) {
    int bits = Float.floatToIntBits(logit == 0 ? 0f : logit);
    int ascending = bits ^ ((bits >> 31) & 0x7fffffff);
    return ((long) ~ascending << 32) | id;
  }

  private static int id(long entry) {
    return (int) entry;
  }

  private Kept kept(float[] logits, float top, double total) {
    double topP = sampling.topP() < 1 ? sampling.topP() : Double.POSITIVE_INFINITY;
    int topK = sampling.topK() > 0 ? sampling.topK() : Integer.MAX_VALUE;
    double least =
        sampling.minP() > 0
            ? top + sampling.temperature() * Math.log(sampling.minP())
            : Double.NEGATIVE_INFINITY;
    int narrowest = 0;
    int inside = 0;
    int widest = 0;
    double mass = 0;
    for (int rank = 0; rank < ordered; rank++) {
      float logit = logits[id(order[rank])];
      boolean ranked = rank < topK;
      if (ranked && mass < topP - massMargin && logit >= least + NEAR_TIE_MARGIN) {
        narrowest = rank + 1;
      }
      if (rank == 0 || (ranked && mass < topP && logit >= least)) {
        inside = rank + 1;
      }
      if (rank == 0 || (ranked && mass < topP + massMargin && logit >= least - NEAR_TIE_MARGIN)) {
        widest = rank + 1;
      } else {
        break;
      }
      mass += Math.exp(((double) logit - top) / sampling.temperature()) / total;
    }
    return new Kept(withoutEdge(logits, narrowest), inside, withEdge(logits, widest));
  }

  /// The tokens before `count` that no other one can push out by rounding.
  private int withoutEdge(float[] logits, int count) {
    int kept = count;
    if (count < ordered) {
      double edge = logits[id(order[count])] + NEAR_TIE_MARGIN;
      while (kept > 0 && logits[id(order[kept - 1])] < edge) {
        kept--;
      }
    }
    return kept;
  }

  /// The tokens before `count` and those that rounding may put in their place.
  private int withEdge(float[] logits, int count) {
    int kept = count;
    double edge = logits[id(order[count - 1])] - NEAR_TIE_MARGIN;
    while (kept < ordered && logits[id(order[kept])] > edge) {
      kept++;
    }
    return kept;
  }

  /// Gumbel noise from 53 random bits.
  private static double noise(long hash) {
    double uniform = (hash + 0.5) * 0x1p-53;
    return Math.min(NOISE_MAX, -StrictMath.log(-StrictMath.log(uniform)));
  }

  /// At least the noise of `hash`: with u as the uniform number, -log(u) is at least 1 - u, so the
  /// noise is at most -log(1 - u), and that at most the leading zeros of 1 - u times log(2). One
  /// zero more allows for rounding.
  private static double noiseBound(long hash) {
    long rest = (1L << UNIFORM_BITS) - 1 - hash;
    return (Long.numberOfLeadingZeros(rest) - (Long.SIZE - UNIFORM_BITS) + 2) * LOG_2;
  }

  private long key(int position) {
    return mix(sampling.seed() ^ mix((position + 1L) * GOLDEN));
  }

  /// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
  /// generators, 2014).
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
