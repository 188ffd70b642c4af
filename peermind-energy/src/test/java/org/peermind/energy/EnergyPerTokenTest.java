// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;

class EnergyPerTokenTest {
  private static final Instant START = Instant.parse("2026-06-01T10:00:00Z");
  private static final Offset<Double> EXACT = within(1e-9);

  private final EnergyPerToken costs = new EnergyPerToken();

  @Test
  void knowsNothing_beforeAnythingIsMeasured() {
    assertThat(costs.figures()).isEqualTo(EnergyPerToken.UNKNOWN);
  }

  @Test
  void tellsPromptAndAnswerApart_aboveTheIdlePower() {
    power(10, 10, 50);
    costs.begin(at(10));
    power(11, 1, 250); // 200 J above idle for the prompt
    costs.prefilled(at(11));
    costs.prompt(100);
    power(12, 1, 0); // its tokens were told late; an impossible reading shows that idle stops at 0
    costs.decoded(40);
    power(14, 2, 150); // 200 J above idle for the answer
    costs.end(at(14), true);
    EnergyPerToken.Figures figures = costs.figures();
    assertThat(figures.idleWatts()).hasValue(50);
    assertThat(figures.prefill().aboveIdle().orElseThrow()).isCloseTo(2, EXACT);
    assertThat(figures.decode().aboveIdle().orElseThrow()).isCloseTo(200 / 40.0, EXACT);
    assertThat(figures.decode().gross().orElseThrow()).isCloseTo(300 / 40.0, EXACT);
    assertThat(figures.window()).isEqualTo(Duration.ofSeconds(4));
    assertThat(figures.method()).isEqualTo("nvml");
  }

  @Test
  void sharesAWindowFairly_whenAPromptRunsBesideAnAnswer() {
    power(10, 10, 40);
    costs.begin(at(10));
    costs.prefilled(at(10));
    costs.begin(at(10));
    costs.decoded(20);
    costs.prefilled(at(12));
    costs.prompt(50);
    power(12, 2, 140); // 200 J above idle, half of it for each phase
    assertThat(costs.figures().prefill().aboveIdle().orElseThrow()).isCloseTo(2, EXACT);
    assertThat(costs.figures().decode().aboveIdle().orElseThrow()).isCloseTo(5, EXACT);
  }

  @Test
  void chargesIdleTimeToNobody_whenAnAnswerFillsPartOfAWindow() {
    power(10, 10, 60);
    costs.begin(at(10));
    costs.prefilled(at(10));
    costs.decoded(10);
    costs.end(at(11), true);
    power(14, 4, 85); // 100 J above idle, all of the one second of work
    EnergyPerToken.Cost decode = costs.figures().decode();
    assertThat(decode.aboveIdle().orElseThrow()).isCloseTo(10, EXACT);
    assertThat(decode.gross().orElseThrow()).isCloseTo(16, EXACT);
  }

  @Test
  void countsNoTokens_ofAWindowThatWasNotMeasured() {
    power(10, 10, 50);
    costs.begin(at(10));
    costs.prefilled(at(10));
    costs.decoded(1_000);
    costs.power(OwnPower.unknown(at(11), "no meter"), true);
    costs.decoded(5);
    power(12, 1, 150);
    assertThat(costs.figures().decode().aboveIdle().orElseThrow()).isCloseTo(20, EXACT);
    assertThat(costs.figures().decode().tokens()).isEqualTo(5);
  }

  @Test
  void isUnknown_whenThePowerIsOnlyEstimated() {
    costs.begin(at(0));
    costs.prefilled(at(0));
    costs.prompt(100);
    costs.decoded(10);
    costs.power(OwnPower.unknown(at(5), "").orEstimated(OptionalDouble.of(250)), true);
    assertThat(costs.figures()).isEqualTo(EnergyPerToken.UNKNOWN);
  }

  @Test
  void keepsTokensForTheNextWindow_whenTheMeterHasNothingNew() {
    power(10, 10, 50);
    costs.begin(at(10));
    costs.prefilled(at(10));
    costs.decoded(10);
    OwnPower same =
        new OwnPower(
            OptionalDouble.of(50),
            OptionalDouble.of(0),
            List.of(PowerMethod.NVML),
            Duration.ZERO,
            at(10),
            "");
    costs.power(same, true);
    power(11, 1, 150);
    assertThat(costs.figures().decode().aboveIdle().orElseThrow()).isCloseTo(10, EXACT);
  }

  @Test
  void doesNotTakeTheUnloadedMachineForIdle() {
    costs.power(reading(10, 10, 20), false);
    assertThat(costs.figures().idleWatts()).isEmpty();
  }

  @Test
  void forgetsOldWork_afterAnHourOfIt() {
    power(10, 10, 0);
    costs.begin(at(10));
    costs.prefilled(at(10));
    int second = 10;
    for (int window = 0; window < 400; window++) {
      second += 10;
      costs.decoded(10);
      power(second, 10, window < 200 ? 100 : 300);
    }
    assertThat(costs.figures().window()).isLessThan(Duration.ofHours(1));
    assertThat(costs.figures().decode().aboveIdle().orElseThrow()).isBetween(200.0, 300.0);
  }

  private void power(int second, int windowSeconds, double watts) {
    costs.power(reading(second, windowSeconds, watts), true);
  }

  private static OwnPower reading(int second, int windowSeconds, double watts) {
    return new OwnPower(
        OptionalDouble.of(watts),
        OptionalDouble.of(watts * windowSeconds),
        List.of(PowerMethod.NVML),
        Duration.ofSeconds(windowSeconds),
        at(second),
        "");
  }

  private static Instant at(int second) {
    return START.plusSeconds(second);
  }
}
