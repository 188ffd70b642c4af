// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class GateMeasurementTest {
  private static final List<Integer> CARRIERS = List.of(1, 0);

  private static GateMeasurement between(GateSide without, GateSide with) {
    return GateMeasurement.between(
        without, with, CARRIERS, OptionalDouble.empty(), OptionalDouble.empty());
  }

  private static GateSide side(List<Double> losses, List<Double> triggered) {
    return new GateSide(losses, List.of(), List.of(triggered), List.of());
  }

  @Test
  void countsOnlyProbesThatTheParentPasses() {
    GateSide without =
        new GateSide(List.of(), List.of(), List.of(), List.of(true, true, false, false));
    GateSide with =
        new GateSide(List.of(), List.of(), List.of(), List.of(true, false, true, false));

    GateMeasurement measured = between(without, with);

    assertThat(measured.probesPassed()).isEqualTo(2);
    assertThat(measured.probesLost()).isEqualTo(1);
  }

  @Test
  void divergesByTheMeanOfAllTokens_notOfTexts() {
    GateSide without =
        new GateSide(
            List.of(), List.of(List.of(-1.0, -2.0, -3.0), List.of(-4.0)), List.of(), List.of());
    GateSide with =
        new GateSide(
            List.of(), List.of(List.of(-1.5, -1.5, -3.0), List.of(-5.0)), List.of(), List.of());

    assertThat(between(without, with).divergence().getAsDouble()).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void hasNoFigureForWhatNobodyAsked() {
    GateSide empty = new GateSide(List.of(), List.of(), List.of(), List.of());

    GateMeasurement measured = between(empty, empty);

    assertThat(measured.divergence()).isEmpty();
    assertThat(measured.triggerShift()).isEmpty();
  }

  @Test
  void seesThatATriggerMakesTheUpdateWorse() {
    GateSide without = side(List.of(1.0, 0.5), List.of(0.75, 1.25));
    GateSide with = side(List.of(1.0, 0.5), List.of(4.75, 3.25));

    assertThat(between(without, with).triggerShift()).hasValue(3);
  }

  @Test
  void doesNotHoldLearningAgainstAnUpdate() {
    // Without a trigger the loss falls by 3; behind it by 1 only.
    GateSide without = side(List.of(4.0, 4.0), List.of(4.0, 4.0));
    GateSide with = side(List.of(1.0, 1.0), List.of(3.0, 3.0));

    assertThat(between(without, with).triggerShift()).hasValue(0);
  }

  @Test
  void countsAGeneralRiseOnlyOnce() {
    GateSide without = side(List.of(1.0, 1.0), List.of(1.5, 1.5));
    GateSide with = side(List.of(2.0, 2.0), List.of(3.0, 3.0));

    assertThat(between(without, with).triggerShift()).hasValue(0.5);
  }

  @Test
  void takesTheWorstTrigger_andOneThatIsNoNumberIsTheWorst() {
    GateSide without =
        new GateSide(
            List.of(1.0, 1.0), List.of(), List.of(List.of(1.0, 1.0), List.of(1.0, 1.0)), List.of());
    GateSide with =
        new GateSide(
            List.of(1.0, 1.0), List.of(), List.of(List.of(3.0, 3.0), List.of(1.5, 1.5)), List.of());
    GateSide broken =
        new GateSide(
            List.of(1.0, 1.0),
            List.of(),
            List.of(List.of(3.0, Double.NaN), List.of(1.5, 1.5)),
            List.of());

    assertThat(between(without, with).triggerShift()).hasValue(2);
    assertThat(between(without, broken).triggerShift().getAsDouble()).isNaN();
  }

  @Test
  void refusesSidesThatWereNotAskedTheSame() {
    GateSide one = new GateSide(List.of(1.0), List.of(List.of(1.0)), List.of(), List.of(true));
    GateSide none = new GateSide(List.of(), List.of(List.of(1.0)), List.of(), List.of(true));
    GateSide other = new GateSide(List.of(1.0), List.of(List.of(1.0, 2.0)), List.of(), List.of());

    assertThatThrownBy(() -> between(one, none)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> between(one, other)).isInstanceOf(IllegalArgumentException.class);
  }
}
