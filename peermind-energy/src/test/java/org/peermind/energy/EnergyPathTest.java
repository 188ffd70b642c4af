// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Activation;

/// The whole path with a site whose production the test sets; the house draws 300 W.
class EnergyPathTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final double HOUSE_WATTS = 300;

  private double production;
  private double extraLoad;
  private SourceKind kind = SourceKind.PV;
  private GridConnection connection = GridConnection.CONNECTED;
  private final ClosedLoop loop = loop(Map.of());

  private ClosedLoop loop(Map<String, Object> settings) {
    Map<String, Object> yaml =
        new HashMap<>(
            Map.of(
                "poll", "1s",
                "margin", "100 W",
                "margin-share", "5 %",
                "margin-deviations", 2,
                "upper", "350 W",
                "reduced-upper", "170 W"));
    yaml.putAll(settings);
    ClosedLoop loop = new ClosedLoop(EnergySettings.from(yaml), START);
    return loop.at(now -> sample(loop, now));
  }

  private EnergySample sample(ClosedLoop loop, Instant now) {
    double load = HOUSE_WATTS + extraLoad + loop.ownWatts;
    return EnergySample.builder("the inverter", Origin.MEASURED, now)
        .sourceKind(kind)
        .gridConnection(connection)
        .productionWatts(production)
        .loadWatts(load)
        .gridWatts(load - production)
        .deviceTime(now)
        .build();
  }

  private ClosedLoop full() {
    return full(loop);
  }

  private ClosedLoop full(ClosedLoop site) {
    production = 2_000;
    site.runUntil(Activation.FULL, Duration.ofMinutes(10));
    return site;
  }

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void startsOff_withNothingRead() {
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.sentence()).isEqualTo("no reading yet from adapter 'simulated'");
    assertThat(loop.state.decision().available().value()).isZero();
  }

  @Test
  void loadsAfterWindowAndOnDelay_throughWarming() {
    production = 2_000;
    Duration took = loop.runUntil(Activation.WARMING, Duration.ofMinutes(5));
    // 36 s of the window (80 % of 45 s) from the first sample on, then 60 s above the threshold.
    assertThat(took).isEqualTo(Duration.ofSeconds(1 + 36 + 60));
    assertThat(loop.sentence()).isEqualTo("headroom 1600 W, above 350 W for 60 s");
    loop.runUntil(Activation.FULL, MINUTE);
    assertThat(loop.changes)
        .extracting(EnergyDecision.Change::to)
        .containsExactly(Activation.WARMING, Activation.FULL);
    assertThat(loop.state.decision().powerCap().value()).isEqualTo(250);
    loop.run(MINUTE);
    assertThat(loop.sentence()).isEqualTo("headroom 1600 W, 250 W needed");
  }

  @Test
  void explainsWhyItIsStillOff() {
    production = 2_000;
    loop.run(Duration.ofSeconds(20));
    assertThat(loop.sentence())
        .isEqualTo("collecting readings: 42 % of the last 45 s covered, 80 % needed");
    loop.run(Duration.ofSeconds(30));
    assertThat(loop.sentence()).isEqualTo("headroom 1600 W, above 350 W for 13 of 60 s");
    production = 400;
    loop.run(Duration.ofMinutes(3));
    assertThat(loop.sentence()).isEqualTo("headroom 0 W, below 350 W");
  }

  @Test
  void unloadsModel_whenHeadroomStaysBelowLower() {
    full().run(Duration.ofMinutes(10));
    production = HOUSE_WATTS + 110; // 10 W after the margin, and import while the engine runs
    Duration took = loop.runUntil(Activation.DRAINING, Duration.ofMinutes(5));
    assertThat(took).isLessThanOrEqualTo(Duration.ofSeconds(45 + 60));
    assertThat(loop.runUntil(Activation.OFF, MINUTE)).isLessThanOrEqualTo(Duration.ofSeconds(5));
    loop.run(Duration.ofSeconds(1));
    assertThat(loop.engine).isEqualTo(EngineStatus.ABSENT);
  }

  @Test
  void drainsWithTheLongGrace_whenThePowerStillSuffices() {
    full().run(Duration.ofMinutes(10));
    extraLoad = 1_370; // 330 W surplus, 230 W after the margin: below lower, yet no import
    ClosedLoop without = loop;
    Duration took = without.runUntil(Activation.REDUCED, Duration.ofMinutes(5));
    assertThat(took).isLessThanOrEqualTo(Duration.ofSeconds(45 + 60));
    assertThat(without.sentence()).startsWith("headroom 230 W, below 250 W for 60 s");
    assertThat(without.brownJoules).isZero();
  }

  @Test
  void keepsRunning_whenAOneSecondDipPasses() {
    full().run(Duration.ofMinutes(10));
    production = 0;
    loop.run(Duration.ofSeconds(1));
    production = 2_000;
    loop.run(Duration.ofMinutes(10));
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
    assertThat(loop.changes).hasSize(2);
  }

  @Test
  void trips_whenImportExceeds150WattsFor10Seconds() {
    full().run(Duration.ofSeconds(20)); // well within the dwell
    production = HOUSE_WATTS + 250 - 151;
    loop.run(Duration.ofSeconds(10));
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
    loop.run(Duration.ofSeconds(1));
    assertThat(loop.activation()).isEqualTo(Activation.DRAINING);
    assertThat(loop.sentence()).isEqualTo("grid import 151 W, above 150 W for 10 s");
    loop.run(Duration.ofSeconds(4));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
  }

  @Test
  void doesNotTrip_whenTheImportPausesOnce() {
    full().run(Duration.ofSeconds(20));
    for (int i = 0; i < 3; i++) {
      production = HOUSE_WATTS + 250 - 400;
      loop.run(Duration.ofSeconds(9));
      production = 2_000;
      loop.run(Duration.ofSeconds(30));
    }
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
  }

  @Test
  void unloadsDespiteTheDwell_whenTheGridHelps() {
    full().run(Duration.ofSeconds(10));
    production = HOUSE_WATTS + 250 - 100; // 100 W from the grid: below the trip limit
    Duration took = loop.runUntil(Activation.OFF, Duration.ofMinutes(5));
    assertThat(took).isLessThanOrEqualTo(Duration.ofSeconds(45 + 60 + 5));
    assertThat(loop.changes.get(2).reason().sentence()).contains("below 250 W for 60 s");
  }

  @Test
  void unloads_whenTheEngineDrawsMoreThanItsOwnerStated() {
    ClosedLoop modest = full(loop(Map.of("engine", Map.of("full-power", "100 W"))));
    production = HOUSE_WATTS + 250 - 30; // headroom 120 W seems enough, yet the grid gives 30 W
    Duration took = modest.runUntil(Activation.OFF, Duration.ofMinutes(5));
    assertThat(took).isLessThanOrEqualTo(Duration.ofSeconds(45 + 60 + 5));
    assertThat(modest.changes.get(2).reason().sentence())
        .isEqualTo("grid import 30 W, above 20 W for 60 s");
  }

  @Test
  void trips_whenTheDeviceFallsSilent() {
    full().run(MINUTE);
    Instant lastReading = loop.now;
    loop.at(
        _ -> {
          throw new EnergyAdapterException("connection refused");
        });
    Duration took = loop.runUntil(Activation.DRAINING, MINUTE);
    assertThat(took).isEqualTo(Duration.ofSeconds(6)); // the first step beyond 5 s
    assertThat(loop.sentence())
        .isEqualTo("no reading for 6 s from the inverter: connection refused");
    loop.runUntil(Activation.OFF, MINUTE);
    assertThat(Duration.between(lastReading, loop.now)).isEqualTo(Duration.ofSeconds(10));
    assertThat(loop.state.decision().headroom()).isEmpty();
    assertThat(loop.state.decision().newestSample()).isEmpty();
  }

  @Test
  void trips_whenNobodyPollsAtAll() {
    full().run(MINUTE);
    loop.now = loop.now.plusSeconds(12);
    loop.step(EnergyInput.nothing(250, loop.now, EngineStatus.READY));
    assertThat(loop.activation()).isEqualTo(Activation.DRAINING);
    assertThat(loop.sentence()).isEqualTo("no reading for 12 s from the inverter");
  }

  @Test
  void trips_whenTheDeviceRepeatsAnOldReading() {
    full().run(MINUTE);
    Instant frozenAt = loop.now;
    loop.at(now -> sample(loop, now).toBuilder().deviceTime(frozenAt).build());
    loop.runUntil(Activation.DRAINING, Duration.ofSeconds(12));
    assertThat(loop.sentence()).contains("the device's reading is");
  }

  @Test
  void trips_whenReadingsTurnToGarbage() {
    full().run(MINUTE);
    loop.at(now -> sample(loop, now).toBuilder().productionWatts(1e9).build());
    loop.runUntil(Activation.OFF, Duration.ofSeconds(10));
    assertThat(loop.sentence()).contains("production of 1000000000 W is beyond the believable");
  }

  @Test
  void trips_whenTheGridMeterIsGone() {
    full().run(MINUTE);
    loop.at(
        now ->
            EnergySample.builder("the inverter", Origin.MEASURED, now)
                .productionWatts(2_000)
                .build());
    loop.runUntil(Activation.OFF, Duration.ofSeconds(11));
    assertThat(loop.sentence()).contains("grid power, or production and load, must be known");
  }

  @Test
  void tripsAtOnce_whenAGeneratorFeedsTheSite() {
    full().run(MINUTE);
    kind = SourceKind.GENERATOR;
    loop.run(Duration.ofSeconds(1));
    assertThat(loop.activation()).isEqualTo(Activation.DRAINING);
    assertThat(loop.sentence()).isEqualTo("the site runs on generator power, which is not counted");
    loop.run(Duration.ofMinutes(20));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.loads()).isEqualTo(1);
  }

  @Test
  void tripsAtOnce_whenTheGridGoes() {
    full().run(MINUTE);
    connection = GridConnection.ISLANDED;
    loop.run(Duration.ofSeconds(1));
    assertThat(loop.activation()).isEqualTo(Activation.DRAINING);
    assertThat(loop.sentence()).startsWith("the public grid is gone");
  }

  @Test
  void restsAfterUnloading_andSaysSo() {
    full().run(MINUTE);
    kind = SourceKind.GRID;
    loop.run(Duration.ofSeconds(10));
    kind = SourceKind.PV;
    loop.run(Duration.ofSeconds(110));
    assertThat(loop.sentence())
        .isEqualTo(
            "headroom 1600 W, but the model was unloaded only 119 s ago and rests for 300 s");
    Duration took = loop.runUntil(Activation.WARMING, Duration.ofMinutes(5));
    assertThat(took).isEqualTo(Duration.ofSeconds(300 - 119));
  }

  @Test
  void goesOffWithoutDraining_whenPowerFallsWhileLoading() {
    production = 2_000;
    loop.runUntil(Activation.WARMING, Duration.ofMinutes(5));
    kind = SourceKind.GRID;
    loop.run(Duration.ofSeconds(1));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
  }

  @Test
  void givesUp_whenTheModelDoesNotLoad() {
    production = 2_000;
    loop.runUntil(Activation.WARMING, Duration.ofMinutes(5));
    Instant from = loop.now;
    while (loop.activation() == Activation.WARMING) {
      loop.now = loop.now.plusSeconds(1);
      loop.engine = EngineStatus.LOADING;
      loop.step(EnergyInput.sampled(sample(loop, loop.now), 80, EngineStatus.LOADING));
    }
    assertThat(Duration.between(from, loop.now)).isEqualTo(Duration.ofMinutes(10));
    assertThat(loop.sentence()).isEqualTo("the model did not load within 600 s");
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
  }

  @Test
  void drains_whenTheEngineBreaks_andTriesAgainAfterTheDwell() {
    full().run(MINUTE);
    loop.now = loop.now.plusSeconds(1);
    loop.step(EnergyInput.sampled(sample(loop, loop.now), 0, EngineStatus.BROKEN));
    assertThat(loop.activation()).isEqualTo(Activation.DRAINING);
    assertThat(loop.sentence()).startsWith("the inference engine is broken");
    loop.runUntil(Activation.OFF, MINUTE);
    assertThat(loop.runUntil(Activation.WARMING, Duration.ofMinutes(6)))
        .isGreaterThan(Duration.ofMinutes(4));
  }

  @Test
  void warmsAgain_whenTheEngineRestarts() {
    full().run(MINUTE);
    loop.now = loop.now.plusSeconds(1);
    loop.step(EnergyInput.sampled(sample(loop, loop.now), 250, EngineStatus.LOADING));
    assertThat(loop.activation()).isEqualTo(Activation.WARMING);
    loop.runUntil(Activation.FULL, MINUTE);
  }

  @Test
  void forgetsTheHistory_whenTheClockGoesFarBack() {
    full().run(MINUTE);
    loop.now = loop.now.minusSeconds(3_600);
    loop.step(EnergyInput.sampled(sample(loop, loop.now), 250, EngineStatus.READY));
    assertThat(loop.activation()).isEqualTo(Activation.DRAINING);
    assertThat(loop.sentence()).startsWith("the clock went back by 3600 s");
    assertThat(loop.runUntil(Activation.OFF, MINUTE)).isEqualTo(Duration.ofSeconds(4));
    assertThat(loop.runUntil(Activation.FULL, Duration.ofMinutes(10)))
        .isLessThan(Duration.ofMinutes(6));
  }

  @Test
  void waitsOut_aSmallStepBackOfTheClock() {
    full().run(MINUTE);
    loop.now = loop.now.minusSeconds(3);
    loop.run(MINUTE);
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
    assertThat(loop.changes).hasSize(2);
  }

  @Test
  void drains_whenTheClockJumpsForward() {
    full().run(MINUTE);
    loop.now = loop.now.plusSeconds(7_200);
    loop.run(Duration.ofSeconds(1));
    assertThat(loop.activation()).isEqualTo(Activation.DRAINING);
    loop.run(Duration.ofSeconds(60));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
  }

  @Test
  void aJumpForward_doesNotServeTheOnDelay() {
    production = 2_000;
    loop.run(Duration.ofSeconds(60));
    loop.now = loop.now.plusSeconds(3_600);
    loop.run(Duration.ofSeconds(1));
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
    assertThat(loop.runUntil(Activation.WARMING, Duration.ofMinutes(5)))
        .isEqualTo(Duration.ofSeconds(36 + 60));
  }

  @Test
  void neverRunsOnUnknownOwnDraw_moreThanTheSiteExports() {
    EnergyPath path = new EnergyPath(EnergySettings.from(Map.of("poll", "1s")));
    EnergyState state = path.initial(START);
    production = HOUSE_WATTS;
    for (int second = 1; second <= 300; second++) {
      EnergySample sample = sample(loop, START.plusSeconds(second));
      state =
          path.step(
              state,
              new EnergyInput(
                  new EnergyInput.Observation.Sampled(sample),
                  org.peermind.energy.spi.Reading.unknown("no meter"),
                  EngineStatus.ABSENT),
              START.plusSeconds(second));
    }
    assertThat(state.decision().activation()).isEqualTo(Activation.OFF);
  }

  @Test
  void sameInputsGiveTheSameStates() {
    List<EnergyDecision.Change> first = full(loop).run(Duration.ofMinutes(3)).changes;
    List<EnergyDecision.Change> second = full(loop(Map.of())).run(Duration.ofMinutes(3)).changes;
    assertThat(second).isEqualTo(first);
  }

  @Test
  void unloadsFromFull_whenTheEngineCannotRunReduced() {
    ClosedLoop without = loop(Map.of("engine", Map.of("full-power", 250, "reduced-power", 0)));
    without.at(now -> sample(without, now));
    full(without).run(Duration.ofMinutes(10));
    extraLoad = 1_370; // 230 W after the margin: below lower, enough for anything reduced
    without.runUntil(Activation.DRAINING, Duration.ofMinutes(5));
    assertThat(without.changes)
        .extracting(EnergyDecision.Change::to)
        .doesNotContain(Activation.REDUCED);
  }
}
