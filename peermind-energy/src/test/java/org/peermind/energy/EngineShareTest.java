// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;

class EngineShareTest {
  private static final Instant START = Instant.parse("2026-06-01T10:00:00Z");

  private final EngineShare share = new EngineShare();

  @Test
  void takesOffWhatTheMachineDrawsWithoutTheEngine() {
    share.power(reading(0, 60, PowerMethod.NVML), true);
    share.power(reading(1, 310, PowerMethod.NVML), false);
    assertThat(share.watts(at(1))).hasValue(250);
  }

  @Test
  void isUnknown_untilTheMachineWasMeasuredWithoutTheEngine() {
    share.power(reading(0, 310, PowerMethod.NVML), false);
    assertThat(share.watts(at(0))).isEmpty();
  }

  @Test
  void isUnknown_whenTheReadingIsOld_orTheClockWasSetBack() {
    share.power(reading(0, 60, PowerMethod.NVML), true);
    assertThat(share.watts(at(10))).hasValue(0);
    assertThat(share.watts(at(11))).isEmpty();
    assertThat(share.watts(at(-60))).isEmpty();
  }

  @Test
  void learnsAnew_whenAnotherMeterTakesOver_andKnowsTheFirstWhenItIsBack() {
    share.power(reading(0, 60, PowerMethod.NVML), true);
    share.power(reading(1, 400, PowerMethod.WALL), false);
    assertThat(share.watts(at(1))).isEmpty();
    share.power(reading(2, 310, PowerMethod.NVML), false);
    assertThat(share.watts(at(2))).hasValue(250);
  }

  @Test
  void isUnknown_whenTheMeterFallsSilent() {
    share.power(reading(0, 60, PowerMethod.NVML), true);
    share.power(OwnPower.unknown(at(1), "gone"), false);
    assertThat(share.watts(at(1))).isEmpty();
  }

  private static OwnPower reading(int second, double watts, PowerMethod method) {
    return new OwnPower(
        OptionalDouble.of(watts),
        OptionalDouble.of(watts),
        List.of(method),
        Duration.ofSeconds(1),
        at(second),
        "");
  }

  private static Instant at(int second) {
    return START.plusSeconds(second);
  }
}
