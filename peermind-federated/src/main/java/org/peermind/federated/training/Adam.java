// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

/// Settings of AdamW (Loshchilov and Hutter, ICLR 2019): the moments of the gradient decide on the
/// step, the decay is apart from them.
///
/// @param learningRate after the warm-up; above 0
/// @param beta1 how much of the first moment stays, from 0 to below 1
/// @param beta2 the same of the second moment
/// @param epsilon is added to the root of the second moment; above 0
/// @param weightDecay how much of a coordinate is taken away per step, times the learning rate
/// @param warmupSteps step n of so many has the learning rate n / warmupSteps of the full one
/// @param gradientClip the longest Euclidean norm of a gradient; a longer one is shortened; 0 for
///   no bound
public record Adam(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    int warmupSteps,
    double gradientClip) {

  /// @throws IllegalArgumentException when a number is out of its bounds
  public Adam {
    require(learningRate > 0 && learningRate <= 10, "a learning rate is above 0, at most 10");
    require(beta1 >= 0 && beta1 < 1, "beta 1 is from 0 to below 1");
    require(beta2 >= 0 && beta2 < 1, "beta 2 is from 0 to below 1");
    require(epsilon > 0 && epsilon <= 1, "epsilon is above 0, at most 1");
    require(weightDecay >= 0 && weightDecay <= 1, "a weight decay is from 0 to 1");
    require(
        warmupSteps >= 0 && warmupSteps <= TrainingTask.STEPS_MAX, "a warm-up has no such length");
    require(learningRate * weightDecay < 1, "the decay of one step is below 1");
    require(gradientClip > 0, "the clip of the gradient is above 0");
  }

  /// The usual ones: moments of 0.9 and 0.999, no decay, a gradient of at most length 1.
  public static Adam of(double learningRate, int warmupSteps) {
    return new Adam(learningRate, 0.9, 0.999, 1e-8, 0, warmupSteps, 1);
  }

  private static void require(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }
}
