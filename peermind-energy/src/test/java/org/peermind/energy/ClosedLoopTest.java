// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Activation;

/// The simulated site with an engine whose draw it sees.
class ClosedLoopTest {
  private static final Map<String, Object> PLACE = Map.of("latitude", 48.1, "longitude", 11.6);

  private static ClosedLoop loop(Instant start, Map<String, Object> extra) {
    Map<String, Object> yaml = new HashMap<>(Map.of("poll", "1s", "place", PLACE));
    yaml.putAll(extra);
    EnergySettings settings = EnergySettings.from(yaml);
    ClosedLoop loop = new ClosedLoop(settings, start);
    return loop.at(Adapters.builtIn().create(settings, _ -> loop.ownDraw(), Path.of("")));
  }

  @Test
  void doesNotOscillateAgainstItsOwnDraw() {
    // About 520 W to spare at noon: less than twice the engine's 250 W, which a controller that
    // forgets its own draw could never settle at.
    ClosedLoop loop =
        loop(
            Instant.parse("2026-06-21T10:00:00Z"),
            Map.of("simulated", Map.of("peak", "950 W", "base-load", "300 W", "cloudiness", 0)));
    loop.run(Duration.ofHours(2));
    assertThat(loop.changes)
        .extracting(EnergyDecision.Change::to)
        .containsExactly(Activation.WARMING, Activation.FULL);
    assertThat(loop.brownJoules).isCloseTo(0, within(1e-6));
  }

  @Test
  void staysOffAtNight_andTellsWhenTheSunReturns() {
    ClosedLoop loop =
        loop(
            Instant.parse("2026-06-21T23:00:00Z"),
            Map.of("place", Map.of("latitude", 48.1, "longitude", 11.6, "zone", "Europe/Berlin")));
    loop.run(Duration.ofMinutes(5));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.sentence()).contains("below 270 W; next sun about 05:5");
    assertThat(loop.changes).isEmpty();
  }

  @Test
  void runsThroughADayAndEndsOff() {
    ClosedLoop loop =
        loop(
            Instant.parse("2026-06-21T00:00:00Z"),
            Map.of("simulated", Map.of("peak", "5 kW", "cloudiness", 0)));
    loop.run(Duration.ofHours(10));
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
    loop.run(Duration.ofHours(14));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.loads()).isEqualTo(1);
    assertThat(loop.brownJoules)
        .as("at dusk, while the off delay runs: less than 0.4 of some 3,000 Wh")
        .isLessThan(0.4 * 3_600);
    assertThat(loop.brownJoulesBeyondPromise).isZero();
  }

  @Test
  void runsReducedFromARenewableBattery_untilItsBufferIsUsed() {
    Map<String, Object> battery =
        Map.of("capacity", "10 kWh", "charge-max", "3 kW", "discharge-max", "3 kW");
    Map<String, Object> renewable = new HashMap<>(battery);
    renewable.put("renewable", true);
    Map<String, Object> site =
        Map.of(
            "peak",
            "5 kW",
            "base-load",
            "200 W",
            "cloudiness",
            0,
            "battery",
            Map.of("capacity", "10 kWh", "power-max", "3 kW", "start", 72));
    Instant evening = Instant.parse("2026-06-21T22:00:00Z");
    ClosedLoop loop = loop(evening, Map.of("battery", renewable, "simulated", site));
    loop.runUntil(Activation.REDUCED, Duration.ofMinutes(10));
    assertThat(loop.state.decision().powerCap().value()).isEqualTo(120);
    loop.run(Duration.ofMinutes(10));
    assertThat(loop.sentence())
        .matches("battery [67][0-9] %, [0-9]+ W with stored renewable energy");
    loop.run(Duration.ofHours(20));
    assertThat(loop.brownJoules).isCloseTo(0, within(1e-6));
    assertThat(loop.changes.stream().map(EnergyDecision.Change::to).toList())
        .startsWith(Activation.WARMING, Activation.REDUCED, Activation.DRAINING, Activation.OFF);

    ClosedLoop undeclared = loop(evening, Map.of("battery", battery, "simulated", site));
    undeclared.run(Duration.ofHours(3));
    assertThat(undeclared.changes).isEqualTo(List.of());
  }

  @Test
  void keepsAnEmptyBatteryForTheHouse_andSaysSo() {
    ClosedLoop loop =
        loop(
            Instant.parse("2026-06-21T07:00:00Z"),
            Map.of(
                "battery",
                Map.of("capacity", "20 kWh", "charge-max", "5 kW", "renewable", true),
                "simulated",
                Map.of(
                    "peak",
                    "5 kW",
                    "cloudiness",
                    0,
                    "battery",
                    Map.of("capacity", "20 kWh", "power-max", "5 kW", "start", 12))));
    loop.run(Duration.ofMinutes(5));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.sentence()).matches("battery 1[2-4] %, below reserve 20 %");
  }

  @Test
  void expectsLessForTheNextHour_whenTheSunSinks() {
    Map<String, Object> clear = Map.of("simulated", Map.of("peak", "5 kW", "cloudiness", 0));
    ClosedLoop evening = loop(Instant.parse("2026-06-21T16:30:00Z"), clear);
    evening.run(Duration.ofMinutes(2));
    ClosedLoop morning = loop(Instant.parse("2026-06-21T05:30:00Z"), clear);
    morning.run(Duration.ofMinutes(2));
    assertThat(forecast(evening)).isLessThan(evening.state.decision().available().value());
    assertThat(forecast(morning)).isGreaterThan(morning.state.decision().available().value());
    double expected = forecast(evening);
    evening.run(Duration.ofMinutes(30));
    assertThat(evening.state.decision().available().value())
        .isCloseTo(expected, withinPercentage(25));
  }

  private static double forecast(ClosedLoop loop) {
    return loop.nextHour().orElseThrow().value();
  }

  @Test
  void doesNotLoad_whenTheSunSetsTooSoonToPayBack() {
    // Loading is made so dear that five minutes of sun cannot pay for it.
    ClosedLoop loop =
        loop(
            Instant.parse("2026-06-21T10:00:00Z"),
            Map.of("load-energy", "900 kJ", "simulated", Map.of("peak", "2 kW", "cloudiness", 0)));
    loop.run(Duration.ofMinutes(10));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.sentence()).contains("loading the model would not pay back");
  }
}
