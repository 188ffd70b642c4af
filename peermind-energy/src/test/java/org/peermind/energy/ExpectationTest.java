// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.energy.Expectation.Turn;
import org.peermind.energy.Forecast.Hour;
import org.peermind.energy.SiteHistory.Slot;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ExpectedPower;
import org.peermind.protocol.Watts;

class ExpectationTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Place PLACE = new Place(48.1, 11.6, BERLIN);
  private static final Instant NOON = Instant.parse("2026-06-11T12:00:00Z");
  private static final int SITE_WATTS = 300;

  /// Hours with so much to spare, the lower quantile half of it.
  private static Expectation spare(Instant at, double... watts) {
    List<Hour> hours = new ArrayList<>();
    for (int i = 0; i < watts.length; i++) {
      Watts middle = new Watts(watts[i]);
      Watts low = new Watts(Math.min(watts[i], watts[i] / 2));
      hours.add(
          new Hour(
              at.plus(Duration.ofHours(i)), low, middle, Optional.of(low), Optional.of(middle)));
    }
    return new Expectation(at, hours);
  }

  private static SiteHistory clearDays(Place place, Instant end, int days) {
    long last = end.getEpochSecond() / SiteHistory.SLOT_SECONDS;
    List<Slot> slots = new ArrayList<>();
    for (long number = last - 96L * days; number < last; number++) {
      slots.add(new Slot(number, 5 * SiteHistory.clearSky(place, number), SITE_WATTS));
    }
    return SiteHistory.of(slots);
  }

  @Test
  void saysUntilWhenThereIsEnough_andWhenTheSunComesBack() {
    Expectation day = Expectation.of(clearDays(PLACE, NOON, 10), PLACE, NOON);
    Turn sunset = day.turn(400, NOON).orElseThrow();
    assertThat(sunset.words(ZoneOffset.UTC)).matches("sun until about 1[678]:[0-5]0");
    assertThat(sunset.words(BERLIN)).matches("sun until about (18|19|20):[0-5]0");
    Instant night = NOON.plus(Duration.ofHours(11));
    Expectation dark = Expectation.of(clearDays(PLACE, night, 10), PLACE, night);
    assertThat(dark.turn(400, night).orElseThrow().words(ZoneOffset.UTC))
        .matches("next sun about 0[4-6]:[0-5]0");
    assertThat(dark.turn(1e6, night)).as("never enough").isEmpty();
  }

  @Test
  void tellsNothing_whenItIsOldOrTheClockWentBack() {
    Expectation expected = spare(NOON, 1_000, 0);
    assertThat(expected.nextHour(NOON.plus(Duration.ofMinutes(25)))).isPresent();
    assertThat(expected.nextHour(NOON.plus(Duration.ofMinutes(26)))).isEmpty();
    assertThat(expected.nextHour(NOON.minusSeconds(1))).isEmpty();
    assertThat(Expectation.UNKNOWN.nextHour(NOON)).isEmpty();
    assertThat(Expectation.UNKNOWN.turn(100, NOON)).isEmpty();
  }

  @Test
  void passesOverTurnsOfThePast() {
    Expectation expected = spare(NOON, 1_000, 0, 0, 1_000);
    assertThat(expected.turn(500, NOON).orElseThrow().ends()).isTrue();
    Turn later = expected.turn(500, NOON.plus(Duration.ofHours(2))).orElseThrow();
    assertThat(later.ends()).isFalse();
    assertThat(later.at()).isEqualTo(NOON.plus(Duration.ofHours(3)));
  }

  @Test
  void tellsThePolarDayWithoutATurn_andThePolarNightWithoutASun() {
    Place north = new Place(78.2, 15.6, ZoneOffset.UTC);
    Instant midsummer = Instant.parse("2026-06-21T00:00:00Z");
    Expectation light = Expectation.of(clearDays(north, midsummer, 10), north, midsummer);
    assertThat(light.hours()).hasSize(24);
    assertThat(light.turn(-200, midsummer)).isEmpty();
    assertThat(light.hours()).allMatch(hour -> hour.productionP50().value() > 100);
    Instant midwinter = Instant.parse("2026-12-21T12:00:00Z");
    Expectation dark = Expectation.of(clearDays(north, midwinter, 10), north, midwinter);
    assertThat(dark.hours()).hasSize(24);
    assertThat(dark.hours()).allMatch(hour -> hour.productionP50().value() == 0);
    assertThat(dark.turn(100, midwinter)).isEmpty();
  }

  @Test
  void readsTheOwnersClock_onDaysWhenItChanges() {
    for (String day : List.of("2026-03-29", "2026-10-25")) {
      Instant night = Instant.parse(day + "T00:00:00Z");
      Expectation expected = Expectation.of(clearDays(PLACE, night, 10), PLACE, night);
      assertThat(expected.hours()).hasSize(24);
      for (int i = 1; i < 24; i++) {
        assertThat(
                Duration.between(
                    expected.hours().get(i - 1).begins(), expected.hours().get(i).begins()))
            .isEqualTo(Duration.ofHours(1));
      }
      Turn sun = expected.turn(400, night).orElseThrow();
      assertThat(sun.at()).isBetween(night.plus(Duration.ofHours(5)), night.plusSeconds(9 * 3600));
      int offset = day.contains("-03-") ? 2 : 1;
      assertThat(sun.words(BERLIN)).isEqualTo(sun.words(ZoneOffset.ofHours(offset)));
    }
  }

  @Test
  void learnsAnew_afterTheNodeMoved() {
    Place south = new Place(-33.9, 151.2, ZoneOffset.UTC);
    SiteHistory history = clearDays(PLACE, NOON, 10);
    for (int i = 0; i < 14 * 96; i++) {
      Instant at = NOON.plusSeconds(900L * i);
      long number = at.getEpochSecond() / SiteHistory.SLOT_SECONDS;
      for (int sample = 0; sample < 5; sample++) {
        double watts = 5 * SiteHistory.clearSky(south, number);
        history = history.with(at.plusSeconds(60L * sample), watts, SITE_WATTS);
      }
    }
    Instant moved = NOON.plus(Duration.ofDays(14));
    Expectation expected = Expectation.of(history, south, moved);
    for (Hour hour : expected.hours()) {
      double clear = 5 * ClearSky.irradiance(south, hour.begins().plusSeconds(1_800));
      assertThat(hour.productionP50().value()).isCloseTo(clear, within(150.0));
    }
  }

  // ---- in the energy path ---------------------------------------------------------------------

  private static EnergySample sample(Instant at, double production) {
    return EnergySample.builder("meter", Origin.MEASURED, at)
        .sourceKind(SourceKind.PV)
        .productionWatts(production)
        .loadWatts(SITE_WATTS)
        .gridWatts(SITE_WATTS - production)
        .build();
  }

  private static EnergySettings settings(String loadEnergy) {
    return EnergySettings.from(
        Map.of(
            "place",
            Map.of("latitude", 48.1, "longitude", 11.6, "zone", "UTC"),
            "load-energy",
            loadEnergy));
  }

  private static EnergyState after(
      EnergyPath path, Instant start, Duration time, double production, Expectation expected) {
    EnergyState state = path.initial(start);
    boolean isReady = false;
    for (Instant at = start; at.isBefore(start.plus(time)); at = at.plusSeconds(5)) {
      EngineStatus engine = isReady ? EngineStatus.READY : EngineStatus.ABSENT;
      EnergyInput input = EnergyInput.sampled(sample(at, production), 0, engine);
      state =
          path.step(
              state, new EnergyInput(input.observation(), input.ownDraw(), engine, expected), at);
      isReady = state.decision().activation() != Activation.OFF;
    }
    return state;
  }

  @Test
  void saysInTheReason_untilWhenThereIsSun() {
    Instant start = NOON.minus(Duration.ofMinutes(10));
    Expectation expected = spare(start, 3_000, 3_000, 3_000, 0, 0);
    EnergyState state =
        after(new EnergyPath(settings("0 J")), start, Duration.ofMinutes(20), 4_000, expected);
    assertThat(state.decision().activation()).isEqualTo(Activation.FULL);
    assertThat(state.decision().reason().sentence())
        .matches("headroom \\d+ W, \\d+ W needed; sun until about 15:[0-5]0");
  }

  @Test
  void saysInTheReason_whenThereWillBeSunAgain() {
    Instant start = NOON.minus(Duration.ofMinutes(5));
    Expectation expected = spare(start, 0, 0, 3_000);
    EnergyState state =
        after(new EnergyPath(settings("0 J")), start, Duration.ofMinutes(10), 310, expected);
    assertThat(state.decision().activation()).isEqualTo(Activation.OFF);
    assertThat(state.decision().reason().sentence())
        .matches("headroom -?\\d+ W, below \\d+ W.*; next sun about 13:[0-5]0");
  }

  @Test
  void tellsWhenThereIsEnoughSun_ratherThanWhenItRises() {
    Instant midnight = Instant.parse("2026-06-11T00:00:00Z");
    Expectation expected = spare(midnight, -300, -300, -300, -300, -300, -300, -300, 3_000);
    EnergyState state =
        after(new EnergyPath(settings("0 J")), midnight, Duration.ofMinutes(3), 0, expected);
    assertThat(state.decision().reason()).isInstanceOf(Reason.Night.class);
    assertThat(state.decision().reason().sentence()).matches(".*; next sun about 0[67]:[0-5]0");
  }

  @Test
  void doesNotLoad_whenTheExpectedSurplusDoesNotPayTheLoadBack() {
    Instant start = NOON.minus(Duration.ofMinutes(10));
    String load = "460000 J";
    Duration time = Duration.ofMinutes(15);
    EnergyPath path = new EnergyPath(settings(load));
    Expectation lasting = spare(start, 1_600, 1_600);
    Expectation dwindling = spare(start, -300, -300);
    double production = 2_000;
    assertThat(after(path, start, time, production, lasting).decision().activation())
        .isEqualTo(Activation.FULL);
    assertThat(after(path, start, time, production, Expectation.UNKNOWN).decision().activation())
        .as("the rule as it is without a forecast")
        .isEqualTo(Activation.FULL);
    EnergyDecision waits = after(path, start, time, production, dwindling).decision();
    assertThat(waits.activation()).isEqualTo(Activation.OFF);
    assertThat(waits.reason()).isInstanceOf(Reason.NotWorthLoading.class);
  }

  @Test
  void neverLoadsWhatMeasurementDoesNotAllow_howeverGoodTheForecast() {
    Instant start = NOON.minus(Duration.ofMinutes(10));
    Expectation glorious = spare(start, 9_000, 9_000);
    EnergyState state =
        after(new EnergyPath(settings("0 J")), start, Duration.ofMinutes(20), 310, glorious);
    assertThat(state.decision().activation()).isEqualTo(Activation.OFF);
  }

  @Test
  void expectsTheNextHourByTheForecast_lessMarginAndBattery() {
    EnergyPath path = new EnergyPath(settings("0 J"));
    Expectation expected = spare(NOON, 1_000, 1_000);
    EnergyState state = after(path, NOON, Duration.ofMinutes(5), 2_000, expected);
    double claim = 1_700 - state.decision().headroom().orElseThrow().mean();
    ExpectedPower hour = path.nextHour(state, expected).orElseThrow();
    assertThat(claim).isPositive();
    assertThat(hour.p50().value()).isCloseTo(1_000 - claim, within(1e-6));
    assertThat(hour.p10().orElseThrow().value()).isCloseTo(500 - claim, within(1e-6));
    ExpectedPower persisting = path.nextHour(state, Expectation.UNKNOWN).orElseThrow();
    assertThat(persisting.p10()).isEmpty();
    assertThat(persisting.p50().value()).isBetween(1_300.0, 1_700.0);
  }
}
