// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.util.Optional;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// The balance of a site, `production + grid - battery = load`, which only holds when all signs and
/// roles are right (facts: normalisation pipeline, step 8).
public final class Balance {
  private static final double OPEN_MIN_WATTS = 150;
  private static final double OPEN_SHARE = 0.10;

  private Balance() {}

  /// Says by how much the balance is open, when that is more than 150 W and 10 % of the largest
  /// power; empty when it closes or one of the four is unknown. A clause without a full stop.
  public static Optional<String> objection(EnergySample sample) {
    double production = watts(sample.production());
    double load = watts(sample.load());
    double grid = watts(sample.grid());
    double battery = watts(sample.battery());
    double open = Math.abs(production + grid - battery - load);
    double largest =
        Math.max(
            Math.max(Math.abs(production), Math.abs(load)),
            Math.max(Math.abs(grid), Math.abs(battery)));
    return open > Math.max(OPEN_MIN_WATTS, OPEN_SHARE * largest) // false for NaN: unknown
        ? Optional.of(
            "production + grid - battery differs from load by %.0f W; check signs and roles"
                .formatted(open))
        : Optional.empty();
  }

  private static double watts(Reading<Watts> reading) {
    return reading.known().map(Watts::value).orElse(Double.NaN);
  }
}
