// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

/// Electric power in watts, always a finite number. What is unknown is an empty
/// [java.util.Optional], never zero.
public record Watts(double value) implements Comparable<Watts> {
  public static final Watts ZERO = new Watts(0);

  /// @throws IllegalArgumentException when `value` is NaN or infinite
  public Watts {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("Power must be a finite number of watts, not " + value);
    }
  }

  public static Watts of(double value) {
    return new Watts(value);
  }

  public Watts plus(Watts other) {
    return new Watts(value + other.value);
  }

  public Watts minus(Watts other) {
    return new Watts(value - other.value);
  }

  public Watts negated() {
    return new Watts(-value);
  }

  @Override
  public int compareTo(Watts other) {
    return Double.compare(value, other.value);
  }
}
