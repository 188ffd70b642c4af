// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// AdamW with clipped gradients (Loshchilov and Hutter, "Decoupled Weight Decay Regularization",
/// 2019); norms are not decayed.
final class AdamW {
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.95;
  private static final double EPSILON = 1e-8;
  private static final double DECAY = 0.05;
  private static final double GRADIENT_NORM_MAX = 1.0;

  private final List<Tensor> weights;
  private final List<Tensor> means = new ArrayList<>();
  private final List<Tensor> squares = new ArrayList<>();
  private int steps;

  AdamW(List<Tensor> weights) {
    this.weights = List.copyOf(weights);
    for (Tensor weight : this.weights) {
      means.add(torch.zeros_like(weight.detach()));
      squares.add(torch.zeros_like(weight.detach()));
    }
  }

  /// Moves the weights against their gradients, at most by about `rate` each, and clears the
  /// gradients.
  void step(double rate) {
    steps++;
    try (NoGradGuard _ = new NoGradGuard()) {
      double shrink = shrink();
      double meanBias = 1 - Math.pow(BETA_1, steps);
      double squareBias = 1 - Math.pow(BETA_2, steps);
      for (int i = 0; i < weights.size(); i++) {
        Tensor weight = weights.get(i);
        Tensor gradient = weight.grad();
        gradient.mul_(new Scalar(shrink));
        means.get(i).mul_(new Scalar(BETA_1)).add_(gradient, new Scalar(1 - BETA_1));
        squares
            .get(i)
            .mul_(new Scalar(BETA_2))
            .addcmul_(gradient, gradient, new Scalar(1 - BETA_2));
        Tensor spread =
            squares.get(i).div(new Scalar(squareBias)).sqrt_().add_(new Scalar(EPSILON));
        if (weight.dim() > 1) {
          weight.mul_(new Scalar(1 - rate * DECAY));
        }
        weight.addcdiv_(means.get(i), spread, new Scalar(-rate / meanBias));
        gradient.zero_();
      }
    }
  }

  private double shrink() {
    double sum = 0;
    for (Tensor weight : weights) {
      double norm = weight.grad().norm().item_float();
      sum += norm * norm;
    }
    return Math.min(1, GRADIENT_NORM_MAX / (Math.sqrt(sum) + 1e-6));
  }
}
