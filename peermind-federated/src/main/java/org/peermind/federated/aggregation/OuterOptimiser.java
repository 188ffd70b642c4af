// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

/// How the aggregate of a round moves the coordinates. The aggregate is a change, not a gradient:
/// coordinates move along it. All arithmetic is in doubles, coordinate by coordinate, in the order
/// that is written here.
public sealed interface OuterOptimiser {
  /// `c = c + rate * d`.
  record Plain(double rate) implements OuterOptimiser {
    public Plain {
      requireRate(rate);
    }
  }

  /// `m = momentum * m + d; c = c + rate * (d + momentum * m)`, as in DiLoCo (arXiv 2311.08105,
  /// which has rate 0.7 and momentum 0.9).
  record Nesterov(double rate, double momentum) implements OuterOptimiser {
    public Nesterov {
      requireRate(rate);
      requireBelowOne("momentum", momentum);
    }
  }

  /// `m = beta1 * m + (1 - beta1) * d; v = beta2 * v + (1 - beta2) * (d * d); c = c + rate * m /
  /// (sqrt(v) + tau)`: Algorithm 2 of Reddi et al. (arXiv 2003.00295), without bias correction, `v`
  /// beginning at `tau * tau`.
  record FedAdam(double rate, double beta1, double beta2, double tau) implements OuterOptimiser {
    public FedAdam {
      requireRate(rate);
      requireBelowOne("beta1", beta1);
      requireBelowOne("beta2", beta2);
      if (!(tau >= 1e-100 && tau <= 1e100)) {
        throw new IllegalArgumentException("tau must be from 1e-100 to 1e100, not " + tau + ".");
      }
    }
  }

  /// The state after one more aggregate.
  ///
  /// @throws IllegalArgumentException when the aggregate has another length or is not finite
  /// @throws ArithmeticException when the coordinates leave the range of floats
  default OuterState step(OuterState state, float[] aggregate) {
    return state.next(this, aggregate);
  }

  private static void requireRate(double rate) {
    if (!(rate > 0) || !Double.isFinite(rate)) {
      throw new IllegalArgumentException("The rate must be a number above 0, not " + rate + ".");
    }
  }

  private static void requireBelowOne(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be from 0 to below 1, not " + value + ".");
    }
  }
}
