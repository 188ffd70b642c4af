// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.peermind.energy.SampleCheck.Limits;
import org.peermind.energy.SampleCheck.Memory;
import org.peermind.energy.SampleCheck.Outcome;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.testkit.Property;

class SampleCheckTest {
  private static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");
  private static final SampleCheck CHECK =
      new SampleCheck(
          Duration.ofSeconds(5), Duration.ofSeconds(60), new Limits(7_500, 4_500, 45_000), null);

  private static EnergySample.Builder sample(Instant receivedAt) {
    return EnergySample.builder("the inverter", Origin.MEASURED, receivedAt);
  }

  private static Outcome check(EnergySample sample) {
    return CHECK.check(Memory.EMPTY, sample, NOW);
  }

  private static String refusal(EnergySample sample) {
    return check(sample) instanceof Outcome.Refused(String why, Memory _) ? why : "accepted";
  }

  @Test
  void acceptsABalancedSample() {
    EnergySample sample =
        sample(NOW)
            .productionWatts(3_000)
            .loadWatts(500)
            .gridWatts(-1_500)
            .batteryWatts(1_000)
            .build();
    assertThat(check(sample)).isInstanceOf(Outcome.Accepted.class);
  }

  @Test
  void acceptsUnknownReadings_andLeavesThemUnknown() {
    EnergySample sample = sample(NOW).gridWatts(-500).build();
    assertThat(check(sample))
        .isInstanceOfSatisfying(
            Outcome.Accepted.class,
            accepted -> assertThat(accepted.sample().production().known()).isEmpty());
  }

  @ParameterizedTest(name = "balance open by {0} W at {1} W load: {2}")
  @CsvSource({
    "150, 500, true",
    "151, 500, false",
    "-150, 500, true",
    "-151, 500, false",
    "400, 4000, true",
    "450, 4000, false",
  })
  void refusesAnOpenBalance(double open, double load, boolean accepted) {
    EnergySample sample =
        sample(NOW)
            .productionWatts(0)
            .loadWatts(load)
            .gridWatts(load + open)
            .batteryWatts(0)
            .build();
    assertThat(check(sample) instanceof Outcome.Accepted).isEqualTo(accepted);
  }

  @Test
  void refusesABatteryOfTheWrongSign() {
    EnergySample charging =
        sample(NOW)
            .productionWatts(3_000)
            .loadWatts(500)
            .gridWatts(-1_500)
            .batteryWatts(-1_000)
            .build();
    assertThat(refusal(charging)).contains("differs from load by 2000 W").contains("signs");
  }

  @ParameterizedTest
  @CsvSource({
    "7500, 0, 0, 0, true",
    "7501, 0, 0, 0, false",
    "-50, 0, 0, 0, true",
    "-51, 0, 0, 0, false",
    "0, -51, 0, 0, false",
    "0, 45001, 0, 0, false",
    "0, 0, 45001, 0, false",
    "0, 0, -45001, 0, false",
    "0, 0, 0, 4501, false",
    "0, 0, 0, -4501, false",
  })
  void refusesValuesBeyondTheNameplate(
      double production, double load, double grid, double battery, boolean accepted) {
    EnergySample.Builder builder = sample(NOW);
    // Alone, so that the balance stays out of it.
    if (production != 0) {
      builder.productionWatts(production);
    }
    if (load != 0) {
      builder.loadWatts(load);
    }
    if (grid != 0) {
      builder.gridWatts(grid);
    }
    if (battery != 0) {
      builder.batteryWatts(battery);
    }
    assertThat(check(builder.build()) instanceof Outcome.Accepted).isEqualTo(accepted);
  }

  @ParameterizedTest(name = "device time {0} ms from now: {1}")
  @CsvSource({"-5000, true", "-5001, false", "5000, true", "5001, false"})
  void refusesOldAndFutureDeviceTimes(long millis, boolean accepted) {
    EnergySample sample = sample(NOW).gridWatts(0).deviceTime(NOW.plusMillis(millis)).build();
    assertThat(check(sample) instanceof Outcome.Accepted).isEqualTo(accepted);
  }

  @Test
  void refusesALateAnswer() {
    assertThat(refusal(sample(NOW.minusSeconds(12)).gridWatts(0).build()))
        .contains("received 12 s ago");
  }

  @ParameterizedTest
  @EnumSource(Quality.class)
  void believesOnlyUsableQuality(Quality quality) {
    EnergySample sample = sample(NOW).gridWatts(0).quality(quality).build();
    assertThat(check(sample) instanceof Outcome.Accepted).isEqualTo(quality.usable());
  }

  @Test
  void makesASingleStaleReadingUnknown() {
    EnergySample sample =
        sample(NOW).gridWatts(-800).production(Reading.watts(900, NOW.minusSeconds(6))).build();
    assertThat(check(sample))
        .isInstanceOfSatisfying(
            Outcome.Accepted.class,
            accepted -> {
              assertThat(accepted.sample().production().isKnown()).isFalse();
              assertThat(accepted.sample().grid().isKnown()).isTrue();
            });
  }

  @Test
  void refusesAValueThatIsStuckWhileOthersMove() {
    Memory memory = Memory.EMPTY;
    for (int second = 0; second <= 12; second++) {
      Instant at = NOW.plusSeconds(second);
      EnergySample sample = sample(at).gridWatts(-812.37).productionWatts(1_200 + second).build();
      Outcome outcome = CHECK.check(memory, sample, at);
      memory = outcome.memory();
      assertThat(outcome instanceof Outcome.Accepted)
          .as("second %d", second)
          .isEqualTo(second <= 10);
    }
  }

  @Test
  void toleratesWholeWattsThatRepeat() {
    Memory memory = Memory.EMPTY;
    for (int second = 0; second <= 200; second++) {
      Instant at = NOW.plusSeconds(second);
      EnergySample sample = sample(at).loadWatts(300).gridWatts(-second).build();
      Outcome outcome = CHECK.check(memory, sample, at);
      memory = outcome.memory();
      assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
    }
  }

  @Test
  void refusesADeviceThatRepeatsItselfToTheLastDigit() {
    Memory memory = Memory.EMPTY;
    for (int second = 0; second <= 61; second++) {
      Instant at = NOW.plusSeconds(second);
      Outcome outcome =
          CHECK.check(memory, sample(at).gridWatts(-812.37).loadWatts(300).build(), at);
      memory = outcome.memory();
      assertThat(outcome instanceof Outcome.Accepted).isEqualTo(second <= 60);
    }
  }

  @Test
  void acceptsEverySampleThatKeepsTheIdentity_inEitherDirection() {
    Property.forAll(
        1,
        500,
        random -> {
          double production = random.nextDouble(0, 7_000);
          double load = random.nextDouble(0, 5_000);
          double battery = random.nextDouble(-4_000, 4_000);
          double grid = load + battery - production;
          EnergySample sample =
              sample(NOW)
                  .productionWatts(production)
                  .loadWatts(load)
                  .batteryWatts(battery)
                  .gridWatts(grid)
                  .build();
          assertThat(check(sample)).isInstanceOf(Outcome.Accepted.class);
        });
  }

  /// Polls once a second; the device's time is ours less `behind`.
  private static Outcome poll(Memory memory, int second, Duration behind) {
    Instant at = NOW.plusSeconds(second);
    EnergySample sample =
        sample(at)
            .grid(Reading.watts(-500 - second, at.minus(behind)))
            .deviceTime(at.minus(behind))
            .build();
    return CHECK.check(memory, sample, at);
  }

  @ParameterizedTest(name = "a clock that is {0} s behind")
  @CsvSource({"90", "3600", "-45", "-7200", "800000000"})
  void learnsAClockThatIsOffByAConstant_withinAMinute(long behindSeconds) {
    Memory memory = Memory.EMPTY;
    for (int second = 0; second <= 200; second++) {
      Outcome outcome = poll(memory, second, Duration.ofSeconds(behindSeconds));
      memory = outcome.memory();
      assertThat(outcome instanceof Outcome.Accepted).isEqualTo(second >= 60);
      if (outcome instanceof Outcome.Accepted(EnergySample sample, Memory _)) {
        assertThat(sample.grid().isKnown()).isTrue();
      }
    }
    for (int lag = 0; lag <= 60; lag++) { // now it repeats its last reading
      Instant at = NOW.plusSeconds(200 + lag);
      EnergySample old =
          sample(at).gridWatts(-700).deviceTime(NOW.plusSeconds(200 - behindSeconds)).build();
      Outcome outcome = CHECK.check(memory, old, at);
      memory = outcome.memory();
      assertThat(outcome instanceof Outcome.Accepted).as("%d s old", lag).isEqualTo(lag <= 5);
    }
  }

  @Test
  void neverTakesDelayedDataForFresh_onceTheClockWasRight() {
    Memory memory = Memory.EMPTY;
    for (int second = 0; second <= 30; second++) {
      memory = poll(memory, second, Duration.ZERO).memory();
    }
    for (int second = 31; second <= 600; second++) { // a backlog, played in real time
      Outcome outcome = poll(memory, second, Duration.ofSeconds(25));
      memory = outcome.memory();
      assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    }
    assertThat(poll(memory, 601, Duration.ZERO)).isInstanceOf(Outcome.Accepted.class);
  }

  @Test
  void learnsTheClockAnew_afterARestartSetItBack() {
    Memory memory = Memory.EMPTY;
    for (int second = 0; second <= 30; second++) {
      memory = poll(memory, second, Duration.ZERO).memory();
    }
    Outcome restarted = poll(memory, 31, Duration.ofDays(20));
    assertThat(restarted)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.why()).contains("went back").contains("restart"));
    memory = restarted.memory();
    for (int second = 32; second <= 120; second++) {
      Outcome outcome = poll(memory, second, Duration.ofDays(20));
      memory = outcome.memory();
      assertThat(outcome instanceof Outcome.Accepted).isEqualTo(second >= 31 + 60);
    }
  }

  @Test
  void refusesMoreThanTheDevicesOwnNameplateAllows() {
    assertThat(refusal(sample(NOW).productionWatts(3_001).nameplateWatts(2_000).build()))
        .contains("beyond the believable 3000 W");
    assertThat(check(sample(NOW).productionWatts(2_999).nameplateWatts(2_000).build()))
        .isInstanceOf(Outcome.Accepted.class);
  }

  @Test
  void boundsOnlyThePanels_ofASiteWithWind() {
    Instant night = Instant.parse("2026-06-21T00:00:00Z");
    SampleCheck check =
        new SampleCheck(
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            new Limits(7_500, 4_500, 45_000),
            new Place(48.1, 11.6, ZoneOffset.UTC));
    for (double solar : new double[] {0, 49, 51, 2_000}) {
      EnergySample sample =
          EnergySample.builder("the site", Origin.MEASURED, night)
              .sourceKind(SourceKind.WIND)
              .productionWatts(4_000)
              .solar(Reading.watts(solar, night))
              .build();

      assertThat(check.check(Memory.EMPTY, sample, night) instanceof Outcome.Accepted)
          .as("%s W of sun by night", solar)
          .isEqualTo(solar < 50);
    }
  }

  @ParameterizedTest(name = "{0} W of {3} at {1} from {2}: {4}")
  @CsvSource({
    "4000, 2026-06-21T11:00:00Z, MEASURED, PV, true",
    "4000, 2026-12-21T07:30:00Z, MEASURED, PV, false", // minutes before sunrise
    "49, 2026-06-21T00:00:00Z, MEASURED, PV, true", // 1 % of the panels
    "51, 2026-06-21T00:00:00Z, MEASURED, PV, false",
    "4000, 2026-06-21T00:00:00Z, MEASURED, WIND, true",
    "4000, 2026-06-21T00:00:00Z, REPLAYED, PV, true",
  })
  void refusesProductionThatTheSunCannotGive(
      double watts, Instant at, Origin origin, SourceKind kind, boolean accepted) {
    SampleCheck check =
        new SampleCheck(
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            new Limits(7_500, 4_500, 45_000),
            new Place(48.1, 11.6, ZoneOffset.UTC));
    EnergySample sample =
        EnergySample.builder("the inverter", origin, at)
            .sourceKind(kind)
            .productionWatts(watts)
            .build();
    Outcome outcome = check.check(Memory.EMPTY, sample, at);
    assertThat(outcome instanceof Outcome.Accepted).isEqualTo(accepted);
  }
}
