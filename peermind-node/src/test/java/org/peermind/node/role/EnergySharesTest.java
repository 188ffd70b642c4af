// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

/// Design section 6, step 7: what an answer cost.
class EnergySharesTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");

  private final EnergyShares shares = new EnergyShares();

  private static Instant at(double seconds) {
    return START.plusNanos((long) (seconds * 1e9));
  }

  private void draws(double seconds, double watts, double renewable) {
    shares.now(at(seconds), OptionalDouble.of(watts), OptionalDouble.of(renewable));
  }

  @Test
  void givesAllToAnAnswerThatRunsAlone() {
    draws(0, 360, 1);
    EnergyShares.Mark mark = shares.begin(at(100));
    EnergyShares.Part part = shares.end(at(110), mark);

    assertThat(part.wattHours().orElseThrow()).isEqualTo(1, within(1e-9));
    assertThat(part.renewableShare()).hasValue(1);
  }

  @Test
  void dividesTheDraw_whileSeveralAnswersRun() {
    draws(0, 360, 1);
    EnergyShares.Mark first = shares.begin(at(0));
    EnergyShares.Mark second = shares.begin(at(10));

    assertThat(shares.end(at(30), second).wattHours().orElseThrow()).isEqualTo(1, within(1e-9));
    assertThat(shares.end(at(40), first).wattHours().orElseThrow()).isEqualTo(3, within(1e-9));
  }

  @Test
  void givesIdleTimeToNobody() {
    draws(0, 360, 1);
    shares.end(at(10), shares.begin(at(0)));
    EnergyShares.Mark later = shares.begin(at(1_000));

    assertThat(shares.end(at(1_000), later).wattHours()).hasValue(0);
  }

  @Test
  void weighsTheRenewableShareByEnergy() {
    draws(0, 100, 1);
    EnergyShares.Mark mark = shares.begin(at(0));
    draws(10, 300, 0.5);

    assertThat(shares.end(at(20), mark).renewableShare().orElseThrow())
        .isEqualTo(0.625, within(1e-9));
  }

  @Test
  void knowsNoEnergy_onceTheDrawWasUnknownInBetween() {
    draws(0, 100, 1);
    EnergyShares.Mark mark = shares.begin(at(0));
    shares.now(at(1), OptionalDouble.empty(), OptionalDouble.of(0.5));
    draws(2, 100, 1);
    EnergyShares.Part part = shares.end(at(4), mark);

    assertThat(part.wattHours()).isEmpty();
    assertThat(part.renewableShare().orElseThrow()).isEqualTo(0.875, within(1e-9));
  }

  @Test
  void knowsNoShare_onceItWasUnknownInBetween() {
    draws(0, 100, 1);
    EnergyShares.Mark mark = shares.begin(at(0));
    shares.now(at(1), OptionalDouble.of(100), OptionalDouble.empty());
    draws(2, 100, 1);
    EnergyShares.Part part = shares.end(at(3.6), mark);

    assertThat(part.wattHours().orElseThrow()).isEqualTo(0.1, within(1e-9));
    assertThat(part.renewableShare()).isEmpty();
  }

  @Test
  void knowsNothing_beforeAnythingWasSaid() {
    EnergyShares.Part part = shares.end(at(5), shares.begin(at(0)));

    assertThat(part)
        .isEqualTo(new EnergyShares.Part(OptionalDouble.empty(), OptionalDouble.empty()));
  }

  @Test
  void takesNothingBack_whenTheClockDoes() {
    draws(0, 360, 1);
    EnergyShares.Mark mark = shares.begin(at(100));

    assertThat(shares.end(at(50), mark).wattHours()).hasValue(0);
  }

  @Test
  void givesAwayExactlyWhatWasDrawnWhileBusy() {
    Property.forAll(
        1,
        300,
        random -> {
          EnergyShares any = new EnergyShares();
          List<EnergyShares.Mark> running = new ArrayList<>();
          double second = 0;
          double watts = 0;
          double drawn = 0;
          double given = 0;
          any.now(at(0), OptionalDouble.of(0), OptionalDouble.of(1));
          for (int step = 0; step < 60; step++) {
            double passed = random.nextInt(100) / 10.0;
            drawn += running.isEmpty() ? 0 : watts * passed / 3_600;
            second += passed;
            switch (random.nextInt(3)) {
              case 0 -> running.add(any.begin(at(second)));
              case 1 -> {
                if (!running.isEmpty()) {
                  given += any.end(at(second), running.removeFirst()).wattHours().orElseThrow();
                }
              }
              default -> {
                watts = random.nextInt(400);
                any.now(at(second), OptionalDouble.of(watts), OptionalDouble.of(1));
              }
            }
          }
          for (EnergyShares.Mark mark : running) {
            given += any.end(at(second), mark).wattHours().orElseThrow();
          }
          assertThat(given).isEqualTo(drawn, within(1e-6));
        });
  }
}
