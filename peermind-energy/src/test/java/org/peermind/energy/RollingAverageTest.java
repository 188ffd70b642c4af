// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.energy.RollingAverage.Statistics;
import org.peermind.testkit.Property;

class RollingAverageTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final Duration WINDOW = Duration.ofSeconds(45);
  private static final Duration HOLD = Duration.ofSeconds(10);

  private record Value(double atSeconds, double watts) {}

  private static Instant at(double seconds) {
    return START.plusNanos(Math.round(seconds * 1e9));
  }

  private static RollingAverage of(List<Value> values) {
    RollingAverage average = RollingAverage.empty(WINDOW, HOLD);
    for (Value value : values) {
      average = average.add(at(value.atSeconds), value.watts);
    }
    return average;
  }

  @Test
  void isUnknown_whenNothingWasRead() {
    Statistics empty = RollingAverage.empty(WINDOW, HOLD).over(START);
    assertThat(empty.known(0, Duration.ofDays(1))).isFalse();
    assertThat(empty.count()).isZero();
  }

  @Test
  void weighsValuesByTheTimeTheyHold() {
    Statistics window = of(List.of(new Value(0, 100), new Value(2, 400))).over(at(8));
    assertThat(window.mean()).isCloseTo((2 * 100 + 6 * 400) / 8.0, within(1e-9));
    assertThat(window.minimum()).isEqualTo(100);
    assertThat(window.count()).isEqualTo(2);
    assertThat(window.coverage()).isCloseTo(8 / 45.0, within(1e-12));
  }

  @Test
  void holdsAValueNoLongerThanTheHold_soThatSilenceLowersTheCoverage() {
    RollingAverage average = of(List.of(new Value(0, 100), new Value(30, 700)));
    Statistics window = average.over(at(35));
    assertThat(window.coverage()).isCloseTo(15 / 45.0, within(1e-12));
    assertThat(window.mean()).isCloseTo((10 * 100 + 5 * 700) / 15.0, within(1e-9));
    assertThat(window.newestAge()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void isKnown_onlyWithCoverageAndAFreshValue() {
    List<Value> values = new ArrayList<>();
    for (int second = 0; second <= 36; second++) {
      values.add(new Value(second, 500));
    }
    RollingAverage average = of(values);
    Duration ageMax = Duration.ofSeconds(5);
    assertThat(average.over(at(35.9)).known(0.8, ageMax)).isFalse();
    assertThat(average.over(at(36)).known(0.8, ageMax)).isTrue();
    assertThat(average.over(at(41)).known(0.8, ageMax)).isTrue();
    assertThat(average.over(at(41.001)).known(0.8, ageMax)).isFalse();
  }

  @Test
  void forgetsWhatLeavesTheWindow() {
    List<Value> values = new ArrayList<>();
    values.add(new Value(0, -10_000));
    for (int second = 1; second <= 46; second++) {
      values.add(new Value(second, 500));
    }
    Statistics window = of(values).over(at(46));
    assertThat(window.minimum()).isEqualTo(500);
    assertThat(window.mean()).isCloseTo(500, within(1e-9));
    assertThat(window.standardDeviation()).isCloseTo(0, within(1e-6));
  }

  @Test
  void ignoresAValueThatIsOlderThanTheNewest() {
    RollingAverage average = of(List.of(new Value(5, 100)));
    assertThat(average.add(at(4), 900)).isSameAs(average);
    assertThat(average.add(at(5), 900).over(at(6)).mean()).isEqualTo(900);
  }

  @Test
  void refusesValuesThatAreNoNumbers() {
    RollingAverage average = RollingAverage.empty(WINDOW, HOLD);
    assertThatIllegalArgumentException().isThrownBy(() -> average.add(START, Double.NaN));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> average.add(START, Double.POSITIVE_INFINITY));
  }

  @Test
  void equalsAnIndependentIntegration_forRandomTimesAndGaps() {
    Property.forAll(
        1,
        200,
        random -> {
          List<Value> values = new ArrayList<>();
          double time = 0;
          for (int i = 0; i < 120; i++) {
            values.add(new Value(time, random.nextDouble(-3_000, 8_000)));
            time += random.nextInt(8) == 0 ? random.nextDouble(5, 25) : random.nextDouble(0.3, 3);
          }
          double end = time;
          double covered = 0;
          double integral = 0;
          for (int i = 0; i < values.size(); i++) {
            double next = i + 1 < values.size() ? values.get(i + 1).atSeconds : end;
            double from = Math.max(values.get(i).atSeconds, end - 45);
            double to = Math.min(next, values.get(i).atSeconds + 10);
            if (to > from) {
              covered += to - from;
              integral += (to - from) * values.get(i).watts;
            }
          }
          Statistics window = of(values).over(at(end));
          assertThat(window.mean()).isCloseTo(integral / covered, within(1e-3));
          assertThat(window.coverage()).isCloseTo(covered / 45, within(1e-6));
        });
  }

  @Test
  void equalsAnIndependentIntegrationTo1e9_atWholeSeconds() {
    Property.forAll(
        500,
        100,
        random -> {
          double[] watts = new double[200];
          RollingAverage average = RollingAverage.empty(WINDOW, HOLD);
          for (int second = 0; second < watts.length; second++) {
            watts[second] = random.nextDouble(-3_000, 8_000);
            average = average.add(at(second), watts[second]);
          }
          double sum = 0;
          double squares = 0;
          for (int second = 154; second < 199; second++) {
            sum += watts[second];
            squares += watts[second] * watts[second];
          }
          Statistics window = average.over(at(199));
          assertThat(window.mean()).isCloseTo(sum / 45, within(1e-9));
          double mean = sum / 45;
          assertThat(window.standardDeviation())
              .isCloseTo(Math.sqrt(squares / 45 - mean * mean), within(1e-6));
        });
  }

  @Test
  void doesNotDependOnTheSamplingRate() {
    Property.forAll(
        900,
        8,
        random -> {
          double[] level = new double[30];
          for (int i = 0; i < level.length; i++) {
            level[i] = random.nextDouble(-1_000, 6_000); // one level per 5 s
          }
          Statistics slow = sampled(level, 5).over(at(150));
          for (double interval : new double[] {1, 0.5, 0.05, 0.01}) {
            Statistics fast = sampled(level, interval).over(at(150));
            // Only the oldest, merged segment of a very fast series is prorated.
            double error = interval >= 0.5 ? 1e-6 : 7_000 / 256.0;
            assertThat(fast.mean()).isCloseTo(slow.mean(), within(error));
            assertThat(fast.coverage()).isCloseTo(slow.coverage(), within(1e-9));
          }
        });
  }

  private static RollingAverage sampled(double[] level, double interval) {
    RollingAverage average = RollingAverage.empty(WINDOW, HOLD);
    long steps = Math.round(5 / interval);
    for (long i = 0; i < level.length * steps; i++) {
      average = average.add(at(i * interval), level[(int) (i / steps)]);
    }
    return average;
  }

  @Test
  void staysBounded_howeverFastItIsFed() {
    RollingAverage average = RollingAverage.empty(WINDOW, HOLD);
    for (int i = 0; i < 20_000; i++) {
      average = average.add(at(i / 200.0), i % 7);
    }
    assertThat(average.size()).isLessThanOrEqualTo(2 * 256 + 2);
    assertThat(average.over(at(100)).count()).isGreaterThan(8_000);
  }

  @Test
  void survivesClocksFarOutsideHistory() {
    RollingAverage average = RollingAverage.empty(WINDOW, HOLD).add(Instant.MIN, 1);
    assertThat(average.over(Instant.MAX).known(0.1, Duration.ofMinutes(1))).isFalse();
  }
}
