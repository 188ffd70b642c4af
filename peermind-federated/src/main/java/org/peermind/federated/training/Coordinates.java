// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.util.Arrays;

/// The coordinates of an adapter, or a change of them, in the layout of a
/// [org.peermind.federated.subspace.Subspace]. What was learned from private data is in them:
/// [#toString] tells their number only.
public final class Coordinates {
  private static final Coordinates NONE = new Coordinates(new float[0]);

  private final float[] values;

  private Coordinates(float[] values) {
    this.values = values;
  }

  /// A copy of these.
  ///
  /// @throws IllegalArgumentException when one is not finite
  public static Coordinates of(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("a coordinate is not a finite number");
      }
    }
    return new Coordinates(values.clone());
  }

  /// No coordinates: the model as it is.
  public static Coordinates none() {
    return NONE;
  }

  /// How many there are.
  public int length() {
    return values.length;
  }

  /// A copy of them.
  public float[] values() {
    return values.clone();
  }

  /// These less `others`, one by one.
  ///
  /// @throws IllegalArgumentException when there are not as many, or a difference is not finite
  public Coordinates minus(Coordinates others) {
    if (others.values.length != values.length) {
      throw new IllegalArgumentException(
          "%d coordinates cannot be taken from %d".formatted(others.values.length, values.length));
    }
    float[] difference = new float[values.length];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = values[i] - others.values[i];
    }
    return of(difference);
  }

  /// Equal when all bits are.
  @Override
  public boolean equals(Object other) {
    return other instanceof Coordinates that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Coordinates[" + values.length + "]";
  }
}
