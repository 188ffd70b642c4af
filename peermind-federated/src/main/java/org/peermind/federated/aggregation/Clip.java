// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

/// Bounds what one vector can do.
public final class Clip {
  private static final int TRIES_MAX = 8;
  private static final double LESS = 1 - 0x1p-23;

  private Clip() {}

  /// The vector itself when its norm is at most `norm`, otherwise one of the same direction whose
  /// norm is `norm`, or less by roundings; never more. Norms are those of [Aggregation#norm].
  ///
  /// @throws IllegalArgumentException when the norm is not a number above 0 or a coordinate is not
  ///   finite
  public static float[] toNorm(float[] vector, double norm) {
    if (!(norm > 0) || !Double.isFinite(norm)) {
      throw new IllegalArgumentException("The clip must be a norm above 0, not " + norm + ".");
    }
    for (int index = 0; index < vector.length; index++) {
      if (!Float.isFinite(vector[index])) {
        throw new IllegalArgumentException(
            "The vector has %s at coordinate %d; it cannot be clipped."
                .formatted(vector[index], index));
      }
    }
    double actual = Aggregation.here().norm(vector);
    if (actual <= norm) {
      return vector.clone();
    }
    double factor = norm / actual;
    for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
      float[] clipped = new float[vector.length];
      for (int index = 0; index < clipped.length; index++) {
        clipped[index] = (float) (vector[index] * factor);
      }
      if (Aggregation.here().norm(clipped) <= norm) {
        return clipped;
      }
      factor *= LESS;
    }
    // Only numbers at the lower end of floats are rounded up as often.
    return new float[vector.length];
  }
}
