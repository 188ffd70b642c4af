// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.protocol.Activation;

/// A house of 300 W whose inverter must not export: it follows the load, up to what the sun gives.
class CurtailmentTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final double HOUSE_WATTS = 300;

  private double sun;
  private boolean saysSo = true;
  private double produced;

  private ClosedLoop loop(Map<String, Object> extra) {
    Map<String, Object> yaml = new HashMap<>(Map.of("poll", "1s"));
    yaml.putAll(extra);
    ClosedLoop loop = new ClosedLoop(EnergySettings.from(yaml), START);
    return loop.at(now -> sample(loop, now));
  }

  /// The inverter follows its load within some seconds.
  private EnergySample sample(ClosedLoop loop, Instant now) {
    double load = HOUSE_WATTS + loop.ownWatts;
    produced = Math.min(Math.min(sun, load), produced + 60);
    return EnergySample.builder("the inverter", Origin.MEASURED, now)
        .productionWatts(produced)
        .loadWatts(load)
        .gridWatts(load - produced)
        .throttled(saysSo && sun > load)
        .build();
  }

  @Test
  void findsTheSunThatIsHeldBack_stepByStep() {
    sun = 2_000;
    ClosedLoop loop = loop(Map.of());
    loop.runUntil(Activation.REDUCED, Duration.ofMinutes(5));
    assertThat(loop.sentence()).contains("holds production back: trying whether it gives 120 W");
    loop.runUntil(Activation.FULL, Duration.ofMinutes(10));
    loop.run(Duration.ofHours(3));
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
    assertThat(loop.loads()).isEqualTo(1);
    assertThat(loop.brownSecondsInARowMax).isLessThanOrEqualTo(5);
    assertThat(loop.state.decision().available().value())
        .as("reports hold what is measured")
        .isLessThanOrEqualTo(250);
  }

  @Test
  void backsOffAtOnce_whenTheInverterHasNoMore() {
    sun = HOUSE_WATTS + 60; // it is throttled, but has 60 W only
    ClosedLoop loop = loop(Map.of());
    loop.run(Duration.ofHours(3));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.changes)
        .filteredOn(change -> change.to() == Activation.REDUCED)
        .hasSizeBetween(1, 6);
    assertThat(loop.changes)
        .anySatisfy(
            change -> assertThat(change.reason()).isInstanceOf(Reason.NothingHeldBack.class));
    assertThat(loop.loads()).as("two attempts an hour").isLessThanOrEqualTo(6);
    assertThat(loop.brownSecondsInARowMax).isLessThanOrEqualTo(10 + 8 + 5);
    assertThat(loop.brownJoules / 3600).as("Wh in three hours").isLessThan(3);
  }

  @Test
  void endsTheTrial_whenTheSunGoes() {
    sun = 2_000;
    ClosedLoop loop = loop(Map.of());
    loop.runUntil(Activation.FULL, Duration.ofMinutes(15));
    loop.run(Duration.ofMinutes(30));
    sun = 200;
    assertThat(loop.runUntil(Activation.DRAINING, Duration.ofMinutes(1)))
        .isLessThanOrEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void neverTries_whenTheInverterDoesNotHoldBack() {
    sun = 2_000;
    saysSo = false;
    ClosedLoop loop = loop(Map.of());
    loop.run(Duration.ofHours(1));
    assertThat(loop.changes).isEmpty();
  }

  @Test
  void tries_atTheConfiguredExportLimit() {
    sun = 2_000;
    saysSo = false;
    ClosedLoop loop = loop(Map.of("export-limit", "0 W"));
    loop.runUntil(Activation.FULL, Duration.ofMinutes(15));
    loop.run(Duration.ofMinutes(30));
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
  }

  @Test
  void neverTries_whenTheOwnerForbidsIt() {
    sun = 2_000;
    ClosedLoop loop = loop(Map.of("probe-attempts", 0));
    loop.run(Duration.ofHours(1));
    assertThat(loop.changes).isEmpty();
  }

  @Test
  void neverTriesOnTheBattery() {
    sun = 2_000;
    Map<String, Object> battery = Map.of("capacity", "10 kWh", "charge-max", "3 kW");
    ClosedLoop loop = loop(Map.of("battery", battery));
    loop.at(
        now ->
            sample(loop, now).toBuilder()
                .batteryWatts(-200)
                .gridWatts(-200)
                .loadWatts(produced + 0)
                .stateOfChargePercent(50)
                .throttled(true)
                .build());
    loop.run(Duration.ofHours(1));
    assertThat(loop.changes).isEmpty();
  }
}
