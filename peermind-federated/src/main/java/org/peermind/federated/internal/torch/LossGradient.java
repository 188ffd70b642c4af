// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

/// The loss of a batch and where it falls.
public final class LossGradient {
  private final double loss;
  private final long tokens;
  private final float[] gradient;

  LossGradient(double loss, long tokens, float[] gradient) {
    this.loss = loss;
    this.tokens = tokens;
    this.gradient = gradient;
  }

  /// Mean negative log-likelihood (nats) of the tokens that count.
  public double loss() {
    return loss;
  }

  /// How many tokens counted.
  public long tokens() {
    return tokens;
  }

  /// The derivatives of {@link #loss} by the coordinates, in their layout; the caller may change
  /// them.
  public float[] gradient() {
    return gradient;
  }
}
