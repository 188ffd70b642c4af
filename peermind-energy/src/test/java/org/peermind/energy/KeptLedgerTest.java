// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.energy.BatteryLedger.Flow;
import org.peermind.energy.BatteryLedger.Parcel;
import org.peermind.energy.KeptLedger.Outcome;
import org.peermind.testkit.Property;

class KeptLedgerTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final Duration HOLD = Duration.ofSeconds(30);
  private static final BatterySettings BATTERY = battery(10_000);

  /// Declared renewable at the start, so that a lost book that is taken for a first one shows.
  private static BatterySettings battery(double capacity) {
    return new BatterySettings(capacity, 3_000, 3_000, 20, 40, 60, 0.9, Duration.ofHours(4), true);
  }

  private static BatteryLedger sunny(double percent) {
    return BatteryLedger.EMPTY.book(BATTERY, Flow.NONE, percent, HOLD, START);
  }

  private static BatteryLedger again(String text, BatterySettings battery, Instant now) {
    return switch (KeptLedger.parse(text, battery, now)) {
      case Outcome.Known(BatteryLedger ledger) -> ledger;
      case Outcome.Unknown _ -> BatteryLedger.UNKNOWN;
    };
  }

  private static BatteryLedger withCharge(BatteryLedger ledger, double percent, Instant now) {
    return ledger.book(BATTERY, Flow.NONE, percent, HOLD, now);
  }

  @Test
  void knowsTheRenewableCharge_rightAfterARestart() {
    String text = KeptLedger.text(sunny(80), BATTERY, START);
    BatteryLedger kept = withCharge(again(text, BATTERY, START), 80, START);
    assertThat(kept.renewableNextWattHours()).isCloseTo(8_000, within(0.01));
  }

  @Test
  void takesForTheGrids_whatCouldHaveBeenExchangedWhileNobodyLooked() {
    String text = KeptLedger.text(sunny(80), BATTERY, START);
    Instant later = START.plus(Duration.ofHours(1));
    BatteryLedger kept = withCharge(again(text, BATTERY, later), 80, later);
    assertThat(kept.wattHours()).isCloseTo(8_000, within(0.01));
    assertThat(kept.renewableNextWattHours()).isCloseTo(5_000, within(0.01));
    Instant tomorrow = START.plus(Duration.ofDays(1));
    assertThat(again(text, BATTERY, tomorrow).renewableWattHours()).isZero();
  }

  @Test
  void takesChargeForTheGrids_thatCameWhileNobodyLooked() {
    String text = KeptLedger.text(sunny(50), BATTERY, START);
    BatteryLedger kept = withCharge(again(text, BATTERY, START), 90, START);
    assertThat(kept.renewableWattHours()).isCloseTo(5_000, within(0.01));
  }

  @Test
  void doesNotBelieveTheDeclarationAgain_whenTheBatteryWasEmpty() {
    String text = KeptLedger.text(sunny(0), BATTERY, START);
    BatteryLedger kept = withCharge(again(text, BATTERY, START), 70, START);
    assertThat(kept.renewableWattHours()).isZero();
    assertThat(withCharge(sunny(0).paused(), 70, START).renewableWattHours()).isZero();
  }

  @Test
  void knowsNothing_afterAnUnknownBook() {
    BatteryLedger lost = withCharge(BatteryLedger.UNKNOWN, 70, START);
    assertThat(lost.renewableWattHours()).isZero();
    assertThat(lost.wattHours()).isGreaterThan(6_500);
    String text = KeptLedger.text(BatteryLedger.UNKNOWN, BATTERY, START);
    assertThat(withCharge(again(text, BATTERY, START), 70, START).renewableWattHours()).isZero();
  }

  @Test
  void refusesABookOfTheFuture_andOfAnotherBattery() {
    String text = KeptLedger.text(sunny(80), BATTERY, START);
    assertThat(KeptLedger.parse(text, BATTERY, START.minusSeconds(6)))
        .isInstanceOf(Outcome.Unknown.class);
    assertThat(KeptLedger.parse(text, battery(12_000), START)).isInstanceOf(Outcome.Unknown.class);
    assertThat(KeptLedger.parse(text, BATTERY, START.minusSeconds(4)))
        .isInstanceOf(Outcome.Known.class);
  }

  @Test
  void neverGivesMoreThanWasKept_forDamagedTexts() {
    List<Parcel> parcels = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      parcels.add(i % 2 == 0 ? new Parcel(300, 0) : new Parcel(0, 150));
    }
    String text = KeptLedger.text(new BatteryLedger(parcels, START, Flow.NONE), BATTERY, START);
    Property.forAll(
        1,
        2_000,
        random -> {
          StringBuilder damaged = new StringBuilder(text);
          if (random.nextBoolean()) {
            damaged.setLength(random.nextInt(text.length()));
          } else {
            damaged.setCharAt(random.nextInt(text.length()), (char) random.nextInt(128));
          }
          BatteryLedger read = again(damaged.toString(), BATTERY, START);
          assertThat(read.wattHours()).isBetween(0.0, 20_000.0);
          assertThat(read.parcels()).isNotEmpty();
        });
  }
}
