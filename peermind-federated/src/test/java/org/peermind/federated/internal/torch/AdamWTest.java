// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AdamWTest {
  /// By hand: norm 5 is clipped to 1, so the gradient is (0.6, 0.8). The warm-up gives half the
  /// rate. After one step the corrected mean is the gradient and the corrected square its square,
  /// so each coordinate moves by rate * g / (|g| + 0.2), after it shrank by rate * decay.
  @Test
  void takesTheFirstStep_asComputedByHand() {
    AdamW optimiser = new AdamW(new AdamW.Settings(0.2, 0.9, 0.99, 0.2, 0.5, 2, 1), 2);
    float[] coordinates = {1, -2};

    assertThat(optimiser.step(coordinates, new float[] {3, 4})).isTrue();
    assertThat(coordinates[0]).isCloseTo((float) (0.95 - 0.1 * 0.6 / 0.8), within(1e-6f));
    assertThat(coordinates[1]).isCloseTo((float) (-1.9 - 0.1 * 0.8 / 1.0), within(1e-6f));
    assertThat(optimiser.means()[0]).isCloseTo(0.06f, within(1e-7f));
    assertThat(optimiser.squares()[1]).isCloseTo(0.0064f, within(1e-8f));
  }

  /// By hand: means 0.5 * 1 + 0.5 * 0 over steps 1 and 2, squares 0.5 and 0.25; corrected by 1 -
  /// 0.25 they are 1/3 and 1/3.
  @Test
  void takesTheSecondStep_withCorrectedMeans() {
    AdamW optimiser =
        new AdamW(new AdamW.Settings(0.1, 0.5, 0.5, 1e-12, 0, 0, Double.POSITIVE_INFINITY), 1);
    float[] coordinates = {0};
    optimiser.step(coordinates, new float[] {1});
    assertThat(coordinates[0]).isCloseTo(-0.1f, within(1e-7f));
    optimiser.step(coordinates, new float[] {0});
    assertThat(coordinates[0])
        .isCloseTo((float) (-0.1 - 0.1 * (1 / 3.0) / Math.sqrt(1 / 3.0)), within(1e-7f));
  }

  @Test
  void leavesEverythingAsItIs_whenAGradientIsNotFinite() {
    AdamW optimiser = new AdamW(new AdamW.Settings(0.1, 0.9, 0.99, 1e-8, 0, 0, 1), 2);
    float[] coordinates = {1, 2};
    for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThat(optimiser.step(coordinates, new float[] {0, broken})).isFalse();
    }
    assertThat(coordinates).containsExactly(1, 2);
    assertThat(optimiser.means()).containsOnly(0);
    assertThat(optimiser.steps()).isZero();
  }

  @Test
  void refusesSettingsThatDiverge() {
    assertThatThrownBy(() -> new AdamW.Settings(0.1, 1, 0.99, 1e-8, 0, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new AdamW.Settings(Double.NaN, 0.9, 0.99, 1e-8, 0, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
