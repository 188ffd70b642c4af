// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.Hysteresis.Delays;
import org.peermind.energy.Hysteresis.Level;
import org.peermind.energy.Hysteresis.Signal;
import org.peermind.energy.Hysteresis.State;
import org.peermind.energy.Hysteresis.Thresholds;
import org.peermind.testkit.Property;

class HysteresisTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final Duration DWELL = Duration.ofMinutes(5);
  private static final Hysteresis HYSTERESIS =
      new Hysteresis(
          new Thresholds(350, 250),
          new Thresholds(170, 120),
          new Delays(Duration.ofSeconds(60), Duration.ofSeconds(60), DWELL, DWELL));

  private static Signal power(double watts) {
    return new Signal.Power(watts, watts, watts, watts, false, false, true);
  }

  private static Instant at(double seconds) {
    return START.plusMillis(Math.round(seconds * 1000));
  }

  /// Holds `watts` from one second to another, stepping each second; both ends are stepped.
  private static State hold(State state, double watts, double from, double to) {
    State next = state;
    for (double second = from; second < to; second++) {
      next = HYSTERESIS.step(next, power(watts), at(second));
    }
    return HYSTERESIS.step(next, power(watts), at(to));
  }

  private static State full() {
    State state = hold(HYSTERESIS.initial(START), 400, 0, 60);
    assertThat(state.level()).isEqualTo(Level.FULL);
    return state;
  }

  @ParameterizedTest(name = "{0} W for {1} s after off gives {2}")
  @CsvSource({
    "100, 600, OFF",
    "120, 600, OFF",
    "170, 600, OFF", // at the reduced upper threshold is not above
    "170.1, 59.9, OFF",
    "170.1, 60, REDUCED",
    "250, 60, REDUCED",
    "350, 59.9, OFF",
    "350, 60, REDUCED", // at the upper threshold is not above
    "350.1, 59.9, OFF",
    "350.1, 60, FULL",
    "350.1, 60.1, FULL",
    "9000, 59.9, OFF",
  })
  void goesUp_onlyAboveTheUpperThresholdForTheWholeDelay(
      double watts, double seconds, Level expected) {
    assertThat(hold(HYSTERESIS.initial(START), watts, 0, seconds).level()).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} W for {1} s after full gives {2}")
  @CsvSource({
    "351, 3600, FULL",
    "300, 3600, FULL", // between the thresholds nothing moves
    "250, 3600, FULL", // at the lower threshold is not below
    "249.9, 59.9, FULL",
    "249.9, 60, REDUCED",
    "120, 60, REDUCED",
    "119.9, 59.9, FULL",
    "119.9, 60, OFF",
    "-5000, 59.9, FULL",
    "-5000, 60, OFF",
  })
  void goesDown_onlyBelowTheLowerThresholdForTheWholeDelay(
      double watts, double seconds, Level expected) {
    State served = hold(full(), 400, 61, 400); // the dwell is over at 360 s
    assertThat(hold(served, watts, 401, 401 + seconds).level()).isEqualTo(expected);
  }

  @Test
  void restartsTheOnDelay_whenHeadroomDipsOnce() {
    State state = hold(HYSTERESIS.initial(START), 400, 0, 59);
    state = HYSTERESIS.step(state, power(170), at(59.5));
    state = hold(state, 400, 60, 119);
    assertThat(state.level()).isEqualTo(Level.OFF);
    assertThat(hold(state, 400, 119.5, 120).level()).isEqualTo(Level.FULL);
  }

  @Test
  void restartsTheOffDelay_whenHeadroomReturnsOnce() {
    State state = hold(full(), 400, 61, 400);
    state = hold(state, 100, 401, 460);
    state = HYSTERESIS.step(state, power(250), at(460.5));
    state = hold(state, 100, 461, 520);
    assertThat(state.level()).isEqualTo(Level.FULL);
    assertThat(hold(state, 100, 520.5, 521).level()).isEqualTo(Level.OFF);
  }

  @Test
  void doesNotGoUp_whenTheWorstMomentOfTheWindowIsBelowTheLowerThreshold() {
    State state = HYSTERESIS.initial(START);
    for (int second = 0; second <= 600; second++) {
      state =
          HYSTERESIS.step(
              state, new Signal.Power(900, 249, 900, 110, false, false, true), at(second));
    }
    assertThat(state.level()).isEqualTo(Level.OFF);
  }

  @Test
  void keepsALevelForItsDwell_inOrdinaryDecline() {
    State state = hold(full(), 0, 61, 359.9);
    assertThat(state.level()).isEqualTo(Level.FULL);
    assertThat(hold(state, 0, 360, 360).level()).isEqualTo(Level.OFF);
  }

  @Test
  void rests_forTheDwellAfterUnloading() {
    State off = hold(full(), 0, 61, 360);
    State waiting = hold(off, 900, 361, 659.9);
    assertThat(waiting.level()).isEqualTo(Level.OFF);
    assertThat(hold(waiting, 900, 660, 660).level()).isEqualTo(Level.FULL);
  }

  @Test
  void tripsAtOnce_whateverDelayAndDwell() {
    State tripped = HYSTERESIS.step(full(), new Signal.Trip(), at(61));
    assertThat(tripped.level()).isEqualTo(Level.OFF);
    assertThat(tripped.since()).isEqualTo(at(61));
  }

  @Test
  void aTripWhileOff_restartsTheOnDelayButNotTheDwell() {
    State state = hold(HYSTERESIS.initial(START), 400, 0, 59);
    state = HYSTERESIS.step(state, new Signal.Trip(), at(59.5));
    state = hold(state, 400, 60, 119);
    assertThat(state.level()).isEqualTo(Level.OFF);
    assertThat(hold(state, 400, 120, 120).level()).isEqualTo(Level.FULL);
  }

  @Test
  void sustainedImport_endsTheDwell() {
    State importing =
        HYSTERESIS.step(full(), new Signal.Power(0, 0, 0, 0, true, true, true), at(121));
    assertThat(importing.level()).isEqualTo(Level.OFF);
  }

  @Test
  void declinesDespiteTheDwell_whileTheGridFeedsTheEngine() {
    State state = full();
    for (int second = 61; second <= 120; second++) {
      state =
          HYSTERESIS.step(
              state, new Signal.Power(200, 200, 200, 200, true, false, true), at(second));
      assertThat(state.level()).isEqualTo(Level.FULL);
    }
    state =
        HYSTERESIS.step(state, new Signal.Power(200, 200, 200, 200, true, false, true), at(121));
    assertThat(state.level()).isEqualTo(Level.REDUCED);
  }

  @Test
  void doesNotLoad_whileItWouldNotPayBack() {
    State state = hold(HYSTERESIS.initial(START), 900, 0, 59);
    Signal notWorth = new Signal.Power(900, 900, 900, 900, false, false, false);
    assertThat(HYSTERESIS.loadingDue(state, at(60))).isTrue();
    state = HYSTERESIS.step(state, notWorth, at(60));
    assertThat(state.level()).isEqualTo(Level.OFF);
    assertThat(HYSTERESIS.step(state, power(900), at(61)).level()).isEqualTo(Level.FULL);
  }

  @Test
  void risesFromReducedToFull_afterDelayAndDwell() {
    State reduced = hold(HYSTERESIS.initial(START), 200, 0, 60);
    State waiting = hold(reduced, 500, 61, 359);
    assertThat(waiting.level()).isEqualTo(Level.REDUCED);
    assertThat(hold(waiting, 500, 360, 360).level()).isEqualTo(Level.FULL);
  }

  @Test
  void storedPower_allowsReducedButNotFull() {
    State state = HYSTERESIS.initial(START);
    for (int second = 0; second <= 600; second++) {
      state =
          HYSTERESIS.step(
              state, new Signal.Power(-400, -400, 2000, 2000, false, false, true), at(second));
    }
    assertThat(state.level()).isEqualTo(Level.REDUCED);
  }

  @Test
  void refusesThresholdsWithoutAGap() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Thresholds(250, 250));
    assertThatIllegalArgumentException().isThrownBy(() -> new Thresholds(10, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Thresholds(Double.NaN, 1));
  }

  @Test
  void neverMovesTwiceWithinTheDwell_exceptByTrip() {
    Property.forAll(
        1,
        300,
        random -> {
          State state = HYSTERESIS.initial(START);
          List<Instant> moves = new ArrayList<>();
          double watts = 0;
          double second = 0;
          for (int i = 0; i < 2_000; i++) {
            second += random.nextDouble(0.1, 5);
            if (random.nextInt(20) == 0) {
              watts = random.nextDouble(-500, 1_000);
            }
            State next = HYSTERESIS.step(state, power(watts), at(second));
            if (next.level() != state.level()) {
              moves.add(at(second));
            }
            state = next;
          }
          for (int i = 1; i < moves.size(); i++) {
            assertThat(Duration.between(moves.get(i - 1), moves.get(i)))
                .isGreaterThanOrEqualTo(DWELL);
          }
        });
  }

  @Test
  void waitsLonger_afterRunsThatWereShort() {
    State state = full(); // at 60 s
    for (int run = 1; run <= 4; run++) {
      double off = 1_000 * run;
      state = HYSTERESIS.step(state, new Signal.Trip(), at(off));
      if (run == 1) {
        assertThat(HYSTERESIS.onDelay(state)).isEqualTo(Duration.ofSeconds(60)); // 940 s are long
      }
      state = HYSTERESIS.step(state, power(100), at(off + 1));
      double delay = HYSTERESIS.onDelay(state).toSeconds();
      assertThat(delay).isEqualTo(run == 1 ? 60 : run == 2 ? 120 : 240);
      double begun = off + 400;
      state = hold(state, 400, begun, begun + delay - 1);
      assertThat(state.level()).isEqualTo(Level.OFF);
      state = hold(state, 400, begun + delay, begun + delay);
      assertThat(state.level()).isEqualTo(Level.FULL);
    }
    State longRun = HYSTERESIS.step(state, new Signal.Trip(), at(10_000));
    assertThat(HYSTERESIS.onDelay(longRun)).isEqualTo(Duration.ofSeconds(60));
  }
}
