// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

/// Where a sample comes from; reports carry it, so that a simulated site is never taken for a
/// measured one.
public enum Origin {
  MEASURED,
  /// Stated by the owner, not measured.
  DECLARED,
  SIMULATED,
  REPLAYED;

  /// Whether there is no site behind it, or not now.
  public boolean isInvented() {
    return this == SIMULATED || this == REPLAYED;
  }
}
