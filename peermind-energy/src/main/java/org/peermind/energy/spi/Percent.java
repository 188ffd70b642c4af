// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

/// A share in percent, 0 to 100: a battery's state of charge.
public record Percent(double value) implements Comparable<Percent> {
  /// @throws IllegalArgumentException when `value` is not within 0 to 100
  public Percent {
    if (!(value >= 0 && value <= 100)) {
      throw new IllegalArgumentException("A percentage must lie within 0 and 100, not " + value);
    }
  }

  @Override
  public int compareTo(Percent other) {
    return Double.compare(value, other.value);
  }
}
