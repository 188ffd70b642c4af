// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.util.Locale;

/// How far a reading can be trusted. [#word()] is the word used in reports and configuration.
public enum Quality {
  OK(true),
  /// The source sleeps (night, calm): zero production is a fact, not a gap.
  OK_NO_PRODUCTION(true),
  /// A sensor is inactive; what remains is good.
  DEGRADED(true),
  /// Made by a simulator.
  SYNTHETIC(true),
  /// Stated by its owner; nothing measured it.
  DECLARED(true),
  STALE(false),
  /// Balance or range is broken.
  IMPLAUSIBLE(false),
  /// The answer is valid and empty.
  NO_DEVICE(false),
  ERROR(false);

  private final boolean usable;

  Quality(boolean usable) {
    this.usable = usable;
  }

  /// Whether a decision may rest on it.
  public boolean usable() {
    return usable;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
