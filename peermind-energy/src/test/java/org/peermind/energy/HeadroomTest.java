// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.Headroom.Band;
import org.peermind.energy.RollingAverage.Statistics;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.testkit.Property;

class HeadroomTest {
  private static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");
  private static final BatterySettings BATTERY =
      new BatterySettings(10_000, 3_000, 2_500, 20, 40, 60, 0.9, Duration.ofHours(4), true);
  private static final Headroom WITHOUT = new Headroom(100, 0.05, 2, null);
  private static final Headroom WITH = new Headroom(100, 0.05, 2, BATTERY);

  private static EnergySample.Builder sample() {
    return EnergySample.builder("the inverter", Origin.MEASURED, NOW);
  }

  private static Statistics steady(double watts) {
    return new Statistics(watts, watts, 0, 1, 45, Duration.ZERO);
  }

  private static Reading<Percent> soc(double percent) {
    return Reading.percent(percent, NOW);
  }

  private static Headroom.Charge charge(Reading<Percent> soc, boolean islanded) {
    return new Headroom.Charge(soc, Reading.unknown("none"), 1e9, islanded);
  }

  private static Headroom.@Nullable Offer offer(Headroom headroom, EnergySample sample) {
    return headroom.offer(sample, 0);
  }

  @Test
  void addsTheOwnDrawBack() {
    EnergySample exporting = sample().gridWatts(-600).productionWatts(1_000).build();
    EnergySample running = sample().gridWatts(-350).productionWatts(1_000).build();
    assertThat(requireNonNull(WITHOUT.offer(exporting, 0)).surplus()).isEqualTo(600);
    assertThat(requireNonNull(WITHOUT.offer(running, 250)).surplus()).isEqualTo(600);
  }

  @Test
  void neverCountsGridImportGenerationOfOthersOrExportedCharge() {
    Property.forAll(
        1,
        1_000,
        random -> {
          double production = random.nextDouble(0, 5_000);
          double house = random.nextDouble(0, 5_000);
          double own = random.nextDouble(0, 400);
          double battery = random.nextDouble(-3_000, 3_000);
          double grid = house + own + battery - production;
          EnergySample sample =
              sample()
                  .productionWatts(production)
                  .loadWatts(house + own)
                  .gridWatts(grid)
                  .batteryWatts(battery)
                  .build();
          double surplus = requireNonNull(WITH.offer(sample, own)).surplus();
          assertThat(surplus).isCloseTo(production - house, within(1e-6));
          assertThat(surplus).isLessThanOrEqualTo(production);
        });
  }

  @Test
  void isUnknown_whenNeitherGridNorProductionAndLoadAreKnown() {
    assertThat(offer(WITHOUT, sample().productionWatts(4_000).build())).isNull();
    assertThat(offer(WITHOUT, sample().loadWatts(300).build())).isNull();
    assertThat(offer(WITH, sample().gridWatts(-4_000).build()))
        .as("a battery that hides may be what exports")
        .isNull();
  }

  @Test
  void derivesTheSurplusFromProductionAndLoad_whenTheGridIsUnknown() {
    EnergySample sample = sample().productionWatts(2_000).loadWatts(700).build();
    assertThat(requireNonNull(WITHOUT.offer(sample, 250)).surplus()).isEqualTo(1_550);
    assertThat(requireNonNull(WITH.offer(sample, 250)).spare())
        .as("unknown charging claims all it can")
        .isEqualTo(1_550 - 3_000);
  }

  @ParameterizedTest(name = "soc {0} % from {1} gives {2}")
  @CsvSource({
    "0, , BELOW_RESERVE",
    "19.9, , BELOW_RESERVE",
    "20, , BELOW_PRIORITY",
    "39.9, , BELOW_PRIORITY",
    "40, , BELOW_BUFFER",
    "60, , ABOVE_BUFFER",
    "20, BELOW_RESERVE, BELOW_RESERVE",
    "21.9, BELOW_RESERVE, BELOW_RESERVE",
    "22, BELOW_RESERVE, BELOW_PRIORITY",
    "20, BELOW_PRIORITY, BELOW_PRIORITY",
    "19.9, BELOW_PRIORITY, BELOW_RESERVE",
    "41.9, BELOW_PRIORITY, BELOW_PRIORITY",
    "42, BELOW_PRIORITY, BELOW_BUFFER",
    "61.9, BELOW_BUFFER, BELOW_BUFFER",
    "62, BELOW_BUFFER, ABOVE_BUFFER",
    "60, ABOVE_BUFFER, ABOVE_BUFFER",
    "59.9, ABOVE_BUFFER, BELOW_BUFFER",
  })
  void findsTheBand_withTwoPercentToRise(double percent, @Nullable Band before, Band expected) {
    assertThat(WITH.band(before, charge(soc(percent), false))).isEqualTo(expected);
  }

  @Test
  void takesAnUnknownStateOfChargeForEmpty() {
    assertThat(WITH.band(Band.ABOVE_BUFFER, charge(Reading.unknown("silent"), false)))
        .isEqualTo(Band.BELOW_RESERVE);
  }

  @Test
  void holdsTwentyPercentMoreInReserve_whenIslanded() {
    assertThat(WITH.band(null, charge(soc(39), true))).isEqualTo(Band.BELOW_RESERVE);
    assertThat(WITH.band(null, charge(soc(41), true))).isEqualTo(Band.BELOW_BUFFER);
    assertThat(estimate(Band.ABOVE_BUFFER, 1_000, 1_000, 60, true).stored())
        .isEqualTo(0.2 * 10_000 * 0.9 / 4);
  }

  private static Headroom.Estimate estimate(
      Band band, double surplus, double spare, double percent, boolean islanded) {
    return WITH.estimate(
        steady(surplus), steady(spare), null, band, charge(soc(percent), islanded));
  }

  @Test
  void subtractsTheBatterysClaimByBand() {
    assertThat(estimate(Band.BELOW_RESERVE, 4_000, 1_500, 10, false).mean())
        .isEqualTo(4_000 - 3_000 - 100);
    assertThat(estimate(Band.BELOW_PRIORITY, 4_000, 1_500, 30, false).mean())
        .isEqualTo(1_500 - 100);
    assertThat(estimate(Band.BELOW_BUFFER, 4_000, 1_500, 50, false).mean()).isEqualTo(4_000 - 100);
    assertThat(estimate(Band.ABOVE_BUFFER, 4_000, 1_500, 80, false).mean()).isEqualTo(4_000 - 100);
  }

  @Test
  void givesStoredPower_onlyAboveBufferAndOnlyIfRenewable() {
    assertThat(estimate(Band.ABOVE_BUFFER, 0, 0, 80, false).stored())
        .isEqualTo(0.6 * 10_000 * 0.9 / 4);
    assertThat(estimate(Band.BELOW_BUFFER, 0, 0, 59, false).stored()).isZero();
    Headroom.Charge fromTheGrid = new Headroom.Charge(soc(100), Reading.unknown("none"), 0, false);
    assertThat(WITH.estimate(steady(0), steady(0), null, Band.ABOVE_BUFFER, fromTheGrid).stored())
        .isZero();
    Headroom.Charge someRenewable =
        new Headroom.Charge(soc(100), Reading.unknown("none"), 1_000, false);
    assertThat(WITH.estimate(steady(0), steady(0), null, Band.ABOVE_BUFFER, someRenewable).stored())
        .isEqualTo(1_000 * 0.9 / 4);
  }

  @Test
  void keepsTheDevicesOwnReserve_whenItIsMore() {
    Headroom.Charge charge = new Headroom.Charge(soc(70), soc(65), 1e9, false);
    assertThat(WITH.reservePercent(charge)).isEqualTo(65);
    assertThat(WITH.band(null, charge)).isEqualTo(Band.ABOVE_BUFFER);
    assertThat(WITH.estimate(steady(0), steady(0), null, Band.ABOVE_BUFFER, charge).stored())
        .isCloseTo(0.05 * 10_000 * 0.9 / 4, within(1e-9));
  }

  @Test
  void storedPowerIsBoundedByTheInverter() {
    BatterySettings large =
        new BatterySettings(100_000, 3_000, 2_500, 20, 40, 60, 0.9, Duration.ofHours(4), true);
    assertThat(
            new Headroom(100, 0.05, 2, large)
                .estimate(steady(0), steady(0), null, Band.ABOVE_BUFFER, charge(soc(100), false))
                .stored())
        .isEqualTo(2_500);
  }

  @Test
  void subtractsTheLargestMargin() {
    Statistics shaky = new Statistics(3_000, 1_000, 400, 1, 45, Duration.ZERO);
    Headroom.Estimate bySigma =
        WITHOUT.estimate(shaky, shaky, steady(3_000), Band.NO_BATTERY, charge(soc(0), false));
    assertThat(bySigma.margin()).isEqualTo(800);
    assertThat(bySigma.mean()).isEqualTo(2_200);
    assertThat(bySigma.minimum()).isEqualTo(1_000 - 150);
    Headroom.Estimate byShare =
        WITHOUT.estimate(
            steady(3_000), steady(3_000), steady(3_000), Band.NO_BATTERY, charge(soc(0), false));
    assertThat(byShare.margin()).isEqualTo(150);
    Headroom.Estimate least =
        WITHOUT.estimate(
            steady(300), steady(300), steady(500), Band.NO_BATTERY, charge(soc(0), false));
    assertThat(least.margin()).isEqualTo(100);
  }

  @Test
  void leavesTheBatteryItsPower_whenTheOwnerDescribedNone() {
    EnergySample charging = sample().gridWatts(-200).batteryWatts(900).build();
    Headroom.Offer offer = requireNonNull(WITHOUT.offer(charging, 0));
    assertThat(offer.spare()).isEqualTo(200);
    assertThat(
            WITHOUT
                .estimate(
                    steady(offer.surplus()),
                    steady(offer.spare()),
                    null,
                    Band.NO_BATTERY,
                    charge(Reading.unknown(""), false))
                .mean())
        .isEqualTo(100);
  }
}
