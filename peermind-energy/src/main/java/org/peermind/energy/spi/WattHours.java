// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

/// An amount of energy in watt-hours, not negative: what a battery can hold.
public record WattHours(double value) implements Comparable<WattHours> {
  /// @throws IllegalArgumentException when `value` is negative or not finite
  public WattHours {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("An energy must be zero or more Wh, not " + value);
    }
  }

  @Override
  public int compareTo(WattHours other) {
    return Double.compare(value, other.value);
  }
}
