// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;

class EnergyTapTest {
  private static final Instant BEGAN = Instant.parse("2026-11-23T12:00:00Z");

  @Test
  void countsEachReadingOnce_ifAllOfItLiesInTheWindow() {
    AtomicReference<OwnPower> newest = new AtomicReference<>(reading(500, 99));
    try (EnergyTap tap = EnergyTap.open(newest::get, () -> BEGAN)) {
      tap.look();
      assertThat(tap.meanWatts()).isEmpty();
      newest.set(OwnPower.unknown(BEGAN.plusSeconds(9), "no meter"));
      tap.look();
      assertThat(tap.meanWatts()).isEmpty();
      newest.set(reading(1_000, 30));
      tap.look();
      tap.look();
      newest.set(reading(2_000, 50));
      tap.look();

      assertThat(tap.meanWatts()).hasValue(40);
    }
  }

  /// A reading over the second before.
  private static OwnPower reading(long millis, double watts) {
    return new OwnPower(
        OptionalDouble.of(watts),
        OptionalDouble.of(watts),
        List.of(PowerMethod.RAPL),
        Duration.ofSeconds(1),
        BEGAN.plusMillis(millis),
        "");
  }
}
