// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.peermind.inference.Sampling;

/// Chooses the token at a position of an answer from its logits, the seed and the position alone
/// (design section 6, step 4), so that any machine with the same model goes on the same way.
///
/// With a temperature, every candidate gets its own Gumbel noise from a hash of seed, position and
/// token id, and the best sum wins. That draws from the softmax exactly (Gumbel-max), and unlike an
/// inverse of the cumulated distribution a small error in one logit moves no other candidate.
/// Scores are kept in the unit of logits, so that one margin fits every temperature.
public final class TokenSampler {
  /// Candidates closer than this, in logits, may change places on another machine: prefill and
  /// step-by-step runs round differently.
  public static final double NEAR_TIE_MARGIN = 1e-3;

  private static final double NOISE_MAX = 38; // -log(-log(1 - 2^-54)) is below this
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final double FIRST_CUT = 1e-5;
  private static final double CUT_STEP = 1e-4;
  private static final double LAST_CUT = 1e-30;

  private final Sampling sampling;

  public TokenSampler(Sampling sampling) {
    this.sampling = sampling;
  }

  /// The chosen token, and whether another candidate came within [#NEAR_TIE_MARGIN] of it.
  public record Choice(int tokenId, boolean nearTie) {}

  /// Chooses the token at `position`, counted from the first token of the answer.
  ///
  /// @throws ArithmeticException when no logit is a finite number, which a sound model never gives
  public Choice choose(float[] logits, int position) {
    int best = argmax(logits);
    if (sampling.temperature() == 0) {
      return greedy(logits, best);
    }
    if (sampling.topP() >= 1) {
      return sampleAll(logits, best, position);
    }
    return sampleNucleus(logits, best, position);
  }

  private static int argmax(float[] logits) {
    int best = -1;
    for (int id = 0; id < logits.length; id++) {
      if (Float.isFinite(logits[id]) && (best < 0 || logits[id] > logits[best])) {
        best = id;
      }
    }
    if (best < 0) {
      throw new ArithmeticException("The model gave no finite number for any token.");
    }
    return best;
  }

  private static Choice greedy(float[] logits, int best) {
    double margin = logits[best] - NEAR_TIE_MARGIN;
    for (int id = 0; id < logits.length; id++) {
      if (id != best && logits[id] > margin) {
        return new Choice(best, true);
      }
    }
    return new Choice(best, false);
  }

  private Choice sampleAll(float[] logits, int top, int position) {
    long key = key(position);
    double reach = sampling.temperature() * NOISE_MAX;
    int winner = top;
    double winnerScore = score(logits, top, key);
    double second = Double.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      if (id == top || !Float.isFinite(logits[id]) || logits[id] + reach < second) {
        continue;
      }
      double score = score(logits, id, key);
      if (score > winnerScore || (score == winnerScore && id < winner)) {
        second = winnerScore;
        winnerScore = score;
        winner = id;
      } else if (score > second) {
        second = score;
      }
    }
    return new Choice(winner, winnerScore - second < NEAR_TIE_MARGIN);
  }

  private record Candidate(int id, float logit, double massBefore) {}

  /// Samples among the likeliest tokens whose probabilities reach `topP` together. A candidate so
  /// near to the edge of that set that rounding may move it across makes a near-tie when that would
  /// change the choice.
  private Choice sampleNucleus(float[] logits, int top, int position) {
    List<Candidate> candidates = likeliest(logits, logits[top]);
    long key = key(position);
    double topP = sampling.topP();
    Best inside = best(candidates, logits, key, topP);
    Best narrower = best(candidates, logits, key, topP - NEAR_TIE_MARGIN);
    Best wider = best(candidates, logits, key, topP + NEAR_TIE_MARGIN);
    boolean nearTie =
        narrower.id != inside.id
            || wider.id != inside.id
            || wider.score - wider.second < NEAR_TIE_MARGIN;
    return new Choice(inside.id, nearTie);
  }

  private record Best(int id, double score, double second) {}

  private Best best(List<Candidate> candidates, float[] logits, long key, double mass) {
    Best best = new Best(-1, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY);
    for (Candidate candidate : candidates) {
      if (best.id >= 0 && candidate.massBefore >= mass) {
        break;
      }
      double score = score(logits, candidate.id, key);
      if (score > best.score || (score == best.score && candidate.id < best.id)) {
        best = new Best(candidate.id, score, best.score);
      } else if (score > best.second) {
        best = new Best(best.id, best.score, score);
      }
    }
    return best;
  }

  /// The likeliest tokens in order, lowest id first among equals, until their probabilities exceed
  /// `topP` by the margin. Only tokens above a cut are sorted; the cut is lowered when they do not
  /// suffice.
  private List<Candidate> likeliest(float[] logits, float top) {
    double[] weights = new double[logits.length];
    double total = 0;
    for (int id = 0; id < logits.length; id++) {
      weights[id] =
          Float.isFinite(logits[id])
              ? StrictMath.exp((logits[id] - (double) top) / sampling.temperature())
              : 0;
      total += weights[id];
    }
    double wanted = sampling.topP() + NEAR_TIE_MARGIN;
    for (double cut = FIRST_CUT; ; cut *= CUT_STEP) {
      boolean last = cut < LAST_CUT;
      List<Integer> ids = new ArrayList<>();
      for (int id = 0; id < weights.length; id++) {
        if (weights[id] > (last ? 0 : cut * total)) {
          ids.add(id);
        }
      }
      ids.sort(
          Comparator.comparingDouble((Integer id) -> -weights[id])
              .thenComparing(Comparator.naturalOrder()));
      List<Candidate> candidates = new ArrayList<>();
      double mass = 0;
      for (int id : ids) {
        candidates.add(new Candidate(id, logits[id], mass));
        mass += weights[id] / total;
        if (mass >= wanted) {
          return candidates;
        }
      }
      if (last) {
        return candidates;
      }
    }
  }

  private double score(float[] logits, int id, long key) {
    double uniform = ((mix(key + id * GOLDEN) >>> 11) + 0.5) * 0x1p-53;
    double noise = -StrictMath.log(-StrictMath.log(uniform));
    return logits[id] + sampling.temperature() * noise;
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
