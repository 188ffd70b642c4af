// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.energy.BatteryLedger.Flow;
import org.peermind.energy.BatteryLedger.Parcel;
import org.peermind.testkit.Property;

class BatteryLedgerTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final Duration HOLD = Duration.ofHours(24);

  private static BatterySettings battery(boolean renewable) {
    return new BatterySettings(
        10_000, 3_000, 3_000, 20, 40, 60, 0.9, Duration.ofHours(4), renewable);
  }

  /// A ledger that is told a flow for some hours, without a state of charge.
  private static BatteryLedger after(BatteryLedger ledger, Flow flow, double hours) {
    Instant from = ledger.at() == null ? START : ledger.at();
    BatteryLedger begun = ledger.book(battery(false), flow, Double.NaN, HOLD, from);
    return begun.book(
        battery(false), Flow.NONE, Double.NaN, HOLD, from.plusSeconds(Math.round(hours * 3600)));
  }

  private static BatteryLedger start(boolean renewable, double percent) {
    return BatteryLedger.EMPTY.book(battery(renewable), Flow.NONE, percent, HOLD, START);
  }

  private static Flow charging(double watts, double grid) {
    return Flow.of(watts, grid, true);
  }

  private static Flow discharging(double watts) {
    return Flow.of(-watts, 0, true);
  }

  @Test
  void tagsTheStartByTheOwnersDeclaration() {
    assertThat(start(true, 50).renewableNextWattHours()).isEqualTo(5_000);
    assertThat(start(false, 50).renewableNextWattHours()).isZero();
    assertThat(start(false, 50).wattHours()).isEqualTo(5_000);
  }

  @Test
  void tagsWhatEntersByWhatIsMeasured() {
    assertThat(charging(1_000, -300)).isEqualTo(new Flow(1_000, 0, 0));
    assertThat(charging(1_000, 400)).isEqualTo(new Flow(600, 400, 0));
    assertThat(charging(1_000, 4_000)).isEqualTo(new Flow(0, 1_000, 0));
    assertThat(charging(1_000, Double.NaN)).as("import unknown").isEqualTo(new Flow(0, 1_000, 0));
    assertThat(Flow.of(1_000, -300, false)).as("a generator").isEqualTo(new Flow(0, 1_000, 0));
    assertThat(Flow.of(Double.NaN, 0, true)).isEqualTo(Flow.NONE);
  }

  @Test
  void givesTheOldestFirst() {
    BatteryLedger night = start(false, 10); // 1 kWh of the grid
    BatteryLedger noon = after(night, charging(2_000, -500), 2);
    assertThat(noon.renewableWattHours()).isEqualTo(4_000);
    assertThat(noon.renewableNextWattHours()).as("the grid's leaves first").isZero();
    BatteryLedger evening = after(noon, discharging(1_000), 1);
    assertThat(evening.renewableNextWattHours()).isCloseTo(4_000, within(1e-6));
    assertThat(after(evening, discharging(1_000), 1.5).renewableNextWattHours())
        .isCloseTo(2_500, within(1e-6));
  }

  @Test
  void stopsAtTheFirstWattHourFromTheGrid() {
    BatteryLedger sunny = after(start(false, 0), charging(2_000, -500), 2);
    BatteryLedger night = after(sunny, charging(1_000, 2_000), 1);
    BatteryLedger sunnyAgain = after(night, charging(2_000, -500), 1);
    assertThat(sunnyAgain.renewableNextWattHours()).isLessThanOrEqualTo(4_000);
    assertThat(sunnyAgain.renewableNextWattHours()).isGreaterThan(4_000 - 2 * 10_000 / 64.0);
    assertThat(sunnyAgain.wattHours()).isCloseTo(7_000, within(1e-6));
  }

  @Test
  void shrinksWithTheMeasuredCharge_andTakesUnseenEnergyForTheGrids() {
    BatteryLedger full = start(true, 80);
    BatteryLedger lost =
        full.book(battery(true), Flow.NONE, 60, HOLD, START.plus(Duration.ofHours(5)));
    assertThat(lost.renewableNextWattHours()).isCloseTo(6_200, within(1e-6)); // 2 % of drift
    BatteryLedger unseen =
        lost.book(battery(true), Flow.NONE, 90, HOLD, START.plus(Duration.ofHours(9)));
    assertThat(unseen.wattHours()).isCloseTo(8_800, within(1e-6));
    assertThat(unseen.renewableNextWattHours()).isCloseTo(6_200, within(1e-6));
  }

  @Test
  void doesNotBelieveAFlowForLongerThanItHolds() {
    Duration hold = Duration.ofSeconds(5);
    BatteryLedger begun =
        BatteryLedger.EMPTY.book(battery(false), charging(3_600, -10), 0, hold, START);
    BatteryLedger silent =
        begun.book(battery(false), Flow.NONE, Double.NaN, hold, START.plusSeconds(3_600));
    assertThat(silent.renewableWattHours()).isCloseTo(5, within(1e-9));
  }

  @Test
  void survivesARestart() {
    BatteryLedger before = after(start(false, 0), charging(2_000, -500), 2);
    BatteryLedger read = new BatteryLedger(before.parcels(), before.at(), before.flow()).paused();
    BatteryLedger later =
        read.book(battery(false), Flow.NONE, 39, HOLD, START.plus(Duration.ofDays(1)));
    assertThat(later.renewableNextWattHours()).isCloseTo(4_000, within(1e-6));
    BatteryLedger chargedMeanwhile =
        read.book(battery(true), Flow.NONE, 90, HOLD, START.plus(Duration.ofDays(1)));
    assertThat(chargedMeanwhile.renewableWattHours()).isCloseTo(4_000, within(1e-6));
    assertThat(chargedMeanwhile.wattHours()).isCloseTo(8_800, within(1e-6));
  }

  @Test
  void refusesABadState() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Parcel(-1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new Parcel(0, Double.NaN));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new BatteryLedger(
                    Collections.nCopies(BatteryLedger.PARCELS_MAX + 1, new Parcel(1, 0)),
                    null,
                    Flow.NONE));
    assertThat(new BatteryLedger(List.of(), null, Flow.NONE).wattHours()).isZero();
  }

  /// No sequence of charge, discharge and corrections holds more renewable energy than entered.
  @Test
  void neverHoldsMoreRenewableEnergyThanEntered_andStaysBounded() {
    Property.forAll(
        1,
        200,
        random -> {
          BatterySettings battery = battery(false);
          BatteryLedger ledger = start(false, 30);
          Instant now = START;
          double entered = 0;
          Flow flow = Flow.NONE;
          for (int i = 0; i < 400; i++) {
            int seconds = random.nextInt(1, 600);
            entered += flow.renewableWatts() * seconds / 3_600;
            now = now.plusSeconds(seconds);
            flow =
                Flow.of(random.nextDouble(-3_000, 3_000), random.nextDouble(-2_000, 2_000), true);
            double percent = random.nextInt(3) == 0 ? random.nextDouble(0, 100) : Double.NaN;
            ledger = ledger.book(battery, flow, percent, HOLD, now);
            assertThat(ledger.renewableWattHours()).isLessThanOrEqualTo(entered + 1e-6);
            assertThat(ledger.renewableNextWattHours())
                .isLessThanOrEqualTo(ledger.renewableWattHours() + 1e-9);
            assertThat(ledger.parcels()).hasSizeLessThanOrEqualTo(BatteryLedger.PARCELS_MAX);
          }
        });
  }

  @Test
  void doesNotDependOnHowOftenTheSameFlowIsTold() {
    BatteryLedger once = after(start(false, 0), charging(1_000, 10), 3);
    BatteryLedger often = start(false, 0);
    for (int second = 0; second <= 3 * 3_600; second += 10) {
      often =
          often.book(
              battery(false), charging(1_000, 10), Double.NaN, HOLD, START.plusSeconds(second));
    }
    assertThat(often.renewableWattHours()).isCloseTo(once.renewableWattHours(), within(1e-6));
    assertThat(often.wattHours()).isCloseTo(once.wattHours(), within(1e-6));
  }
}
