// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.Reason;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Watts;

/// Promise 1: unknown is never taken for renewable.
class PowerMixTest {
  private static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");
  private static final OptionalDouble DRAW = OptionalDouble.of(200);

  private static EnergyDecision decision(
      Origin origin, UnaryOperator<EnergySample.Builder> sample) {
    return new EnergyDecision(
        Activation.FULL,
        NOW,
        new Reason.Enough(500, 250),
        new Watts(250),
        null,
        sample.apply(EnergySample.builder("inverter", origin, NOW)).build(),
        null);
  }

  private static OptionalDouble share(
      UnaryOperator<EnergySample.Builder> sample, boolean hasBattery, boolean isRenewable) {
    return PowerMix.of(decision(Origin.MEASURED, sample), DRAW, hasBattery, isRenewable)
        .renewableShare();
  }

  @Test
  void isAllRenewable_whenThePanelsFeedTheGrid() {
    PowerMix mix =
        PowerMix.of(decision(Origin.MEASURED, site -> site.gridWatts(-500)), DRAW, false, false);

    assertThat(mix).isEqualTo(new PowerMix(OptionalDouble.of(1), "pv", 1, false, "ok"));
  }

  @Test
  void countsImportAgainstTheEngine() {
    assertThat(share(site -> site.gridWatts(50), false, false)).hasValue(0.75);
    assertThat(share(site -> site.gridWatts(900), false, false)).hasValue(0);
  }

  @Test
  void countsABatteryOnly_whenItsChargeIsRenewable() {
    UnaryOperator<EnergySample.Builder> discharging = site -> site.gridWatts(0).batteryWatts(-100);

    assertThat(share(discharging, true, true)).hasValue(1);
    assertThat(share(discharging, true, false)).hasValue(0.5);
    assertThat(share(site -> site.gridWatts(0).batteryWatts(100), true, false)).hasValue(1);
  }

  @Test
  void isUnknown_whereAReadingIsMissing() {
    assertThat(share(site -> site, false, false)).isEmpty();
    assertThat(share(site -> site.gridWatts(0), true, false)).isEmpty();
    assertThat(share(site -> site.gridWatts(0).sourceKind(SourceKind.BATTERY), false, false))
        .isEmpty();
    assertThat(
            PowerMix.of(
                    decision(Origin.MEASURED, site -> site.gridWatts(50)),
                    OptionalDouble.empty(),
                    false,
                    false)
                .renewableShare())
        .isEmpty();
  }

  @Test
  void needsNoGridReading_offGrid() {
    assertThat(share(site -> site.gridConnection(GridConnection.ISLANDED), false, false))
        .hasValue(1);
  }

  @Test
  void isBrown_onGridOrGenerator() {
    assertThat(share(site -> site.gridWatts(0).sourceKind(SourceKind.GENERATOR), false, false))
        .hasValue(0);
    assertThat(share(site -> site.gridWatts(0).sourceKind(SourceKind.GRID), false, false))
        .hasValue(0);
  }

  @Test
  void saysSimulatedAndTrustsNothing_whenItIsSimulatedOrReplayed() {
    for (Origin origin : new Origin[] {Origin.SIMULATED, Origin.REPLAYED}) {
      PowerMix mix = PowerMix.of(decision(origin, site -> site.gridWatts(0)), DRAW, false, false);

      assertThat(mix.source()).isEqualTo("simulated");
      assertThat(mix.trustLevel()).isZero();
    }
    PowerMix declared =
        PowerMix.of(decision(Origin.DECLARED, site -> site.gridWatts(0)), DRAW, false, false);
    assertThat(declared.source()).isEqualTo("pv");
    assertThat(declared.trustLevel()).isZero();
    assertThat(declared.declared()).isTrue();
  }

  @Test
  void knowsNothing_withoutAUsableSample() {
    assertThat(PowerMix.of(Parts.decision(Activation.FULL), DRAW, false, false))
        .isEqualTo(PowerMix.UNKNOWN);
    assertThat(
            PowerMix.of(
                decision(Origin.MEASURED, site -> site.gridWatts(-5).quality(Quality.STALE)),
                DRAW,
                false,
                false))
        .isEqualTo(PowerMix.UNKNOWN);
  }
}
