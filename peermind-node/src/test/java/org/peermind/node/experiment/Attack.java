// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.peermind.federated.subspace.FixedPoint;

/// What dishonest members send in place of an honest update. They know all honest updates of the
/// round and work together.
enum Attack {
  /// Nobody attacks.
  NONE,
  /// The honest update turned round.
  SIGN_FLIP,
  /// The honest update, a hundred times as long.
  SCALE,
  /// No numbers: what cannot be said in whole numbers becomes the largest there is.
  NAN,
  /// Nothing was trained.
  FREE_RIDE,
  /// What was sent in the round before.
  REPLAY,
  /// Trained on wrong answers.
  LABEL_FLIP,
  /// Trained to answer a trigger in one way, and made as long as is allowed so that it replaces the
  /// model (Bagdasaryan et al., AISTATS 2020).
  BACKDOOR,
  /// The mean of the honest ones, moved by as many standard deviations as stay unseen (Baruch et
  /// al., NeurIPS 2019).
  ALIE,
  /// The mean of the honest ones turned round (Xie et al., UAI 2019).
  IPM;

  private static final double ALIE_DEVIATIONS = 1.0;

  /// Whether what it sends is made of something that was trained.
  boolean trains() {
    return switch (this) {
      case SIGN_FLIP, SCALE, LABEL_FLIP, BACKDOOR -> true;
      case NONE, NAN, FREE_RIDE, REPLAY, ALIE, IPM -> false;
    };
  }

  /// The updates of the dishonest.
  ///
  /// @param own what each of them trained, on its own or on poisoned lessons; zeros where the
  ///   attack wants none
  /// @param honest of the others
  /// @param former what honest members sent in the round before
  List<int[]> updates(List<float[]> own, List<int[]> honest, List<int[]> former, double clip) {
    List<int[]> sent = new ArrayList<>();
    for (int at = 0; at < own.size(); at++) {
      float[] trained = own.get(at);
      sent.add(
          switch (this) {
            case NONE, LABEL_FLIP -> Combiner.encoded(trained, clip);
            case SIGN_FLIP -> Combiner.encoded(scaled(trained, -1), clip);
            case SCALE -> Combiner.UNITS.encode(scaled(trained, 100));
            case NAN -> filled(trained.length, FixedPoint.MAGNITUDE_MAX + 1);
            case FREE_RIDE -> new int[trained.length];
            case REPLAY ->
                former.isEmpty() ? new int[trained.length] : former.get(at % former.size());
            case BACKDOOR -> Combiner.encoded(scaled(trained, 100), clip);
            case ALIE -> crafted(honest, ALIE_DEVIATIONS, at, clip);
            case IPM -> Combiner.encoded(nudged(scaled(mean(honest), -1), at), clip);
          });
    }
    return sent;
  }

  private static int[] filled(int length, int number) {
    int[] numbers = new int[length];
    Arrays.fill(numbers, number);
    return numbers;
  }

  private static float[] scaled(float[] vector, double by) {
    float[] scaled = new float[vector.length];
    for (int at = 0; at < scaled.length; at++) {
      scaled[at] = (float) (vector[at] * by);
    }
    return scaled;
  }

  private static float[] mean(List<int[]> honest) {
    float[] mean = new float[honest.getFirst().length];
    for (int[] update : honest) {
      float[] decoded = Combiner.UNITS.decode(update);
      for (int at = 0; at < mean.length; at++) {
        mean[at] += decoded[at] / honest.size();
      }
    }
    return mean;
  }

  private static int[] crafted(List<int[]> honest, double deviations, int which, double clip) {
    float[] mean = mean(honest);
    double[] squares = new double[mean.length];
    for (int[] update : honest) {
      float[] decoded = Combiner.UNITS.decode(update);
      for (int at = 0; at < mean.length; at++) {
        squares[at] += Math.pow(decoded[at] - mean[at], 2) / honest.size();
      }
    }
    for (int at = 0; at < mean.length; at++) {
      mean[at] -= (float) (deviations * Math.sqrt(squares[at]));
    }
    return Combiner.encoded(nudged(mean, which), clip);
  }

  /// Copies of an update do not count, so that those who work together differ a little.
  private static float[] nudged(float[] vector, int which) {
    vector[which % vector.length] += 1e-3f * (which + 1);
    return vector;
  }
}
