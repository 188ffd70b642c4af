// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import java.util.Arrays;
import java.util.List;
import org.peermind.federated.internal.NetworkSpec;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainerInfo;

/// A small network in plain Java: the logits of the next token are `B a(token)`, where `a(token)`
/// is the token's column of the subspace's one frozen matrix.
class Bigrams implements TrainingNetwork {
  static final int CONTEXT_TOKENS = 64;

  private final int vocabulary;
  private final int rank;
  private final float[] a;
  private final int threads;

  private Bigrams(Subspace subspace, int threads) {
    this.vocabulary = subspace.matrices().getFirst().out();
    this.rank = subspace.rank();
    this.a = subspace.a(0);
    this.threads = threads;
  }

  static TrainingNetwork open(NetworkSpec spec) throws RefusalException {
    if (spec.subspace().matrices().size() != 1) {
      throw new RefusalException("This network has one matrix.");
    }
    return new Bigrams(spec.subspace(), spec.threads());
  }

  /// A network that fails in its first step and quotes what it was given.
  static TrainingNetwork failing(NetworkSpec spec) {
    return new Bigrams(spec.subspace(), spec.threads()) {
      @Override
      public double loss(List<TokenSequence> batch, float[] coordinates, float[] gradient) {
        throw new IllegalStateException("tokens " + Arrays.toString(batch.getFirst().tokens()));
      }
    };
  }

  @Override
  public TrainerInfo info() {
    return new TrainerInfo(
        "bigrams", "cpu", threads, "java", vocabulary, CONTEXT_TOKENS, vocabulary * rank);
  }

  @Override
  public double[] score(List<TokenSequence> sequences, float[] coordinates) {
    float[] b = coordinates.length == 0 ? new float[vocabulary * rank] : coordinates;
    double[] losses = new double[sequences.size()];
    for (int i = 0; i < losses.length; i++) {
      TokenSequence sequence = sequences.get(i);
      for (int at = 1; at < sequence.length(); at++) {
        double[] likelihoods = likelihoods(b, sequence.token(at - 1));
        losses[i] -= Math.log(likelihoods[sequence.token(at)]) / (sequence.length() - 1);
      }
    }
    return losses;
  }

  @Override
  public double loss(List<TokenSequence> batch, float[] coordinates, float[] gradient) {
    Arrays.fill(gradient, 0);
    int counted = batch.stream().mapToInt(TokenSequence::countedTokens).sum();
    double loss = 0;
    for (TokenSequence sequence : batch) {
      for (int at = 1; at < sequence.length(); at++) {
        if (sequence.counted(at)) {
          double[] slopes = likelihoods(coordinates, sequence.token(at - 1));
          loss -= Math.log(slopes[sequence.token(at)]);
          slopes[sequence.token(at)] -= 1;
          for (int next = 0; next < vocabulary; next++) {
            for (int r = 0; r < rank; r++) {
              gradient[next * rank + r] +=
                  (float) (slopes[next] * a[r * vocabulary + sequence.token(at - 1)] / counted);
            }
          }
        }
      }
    }
    return loss / counted;
  }

  private double[] likelihoods(float[] b, int token) {
    double[] likelihoods = new double[vocabulary];
    double sum = 0;
    for (int next = 0; next < vocabulary; next++) {
      double logit = 0;
      for (int r = 0; r < rank; r++) {
        logit += b[next * rank + r] * a[r * vocabulary + token];
      }
      likelihoods[next] = Math.exp(logit);
      sum += likelihoods[next];
    }
    for (int next = 0; next < vocabulary; next++) {
      likelihoods[next] /= sum;
    }
    return likelihoods;
  }

  @Override
  public void close() {
    // Nothing but Java's memory.
  }
}
