// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.federated.aggregation.OuterOptimiser.FedAdam;
import org.peermind.federated.aggregation.OuterOptimiser.Nesterov;
import org.peermind.federated.aggregation.OuterOptimiser.Plain;

/// Outer steps by values computed by hand, and states that survive a restart.
class OuterOptimiserTest {
  private static final float[] CHANGE = {1, -2};

  private static OuterState twice(OuterOptimiser optimiser) {
    OuterState first = optimiser.step(OuterState.at(new float[] {0, 8}), CHANGE);
    return optimiser.step(first, CHANGE);
  }

  @Test
  void plainMovesByTheRate() {
    assertThat(twice(new Plain(0.5)).coordinates()).containsExactly(1, 6);
  }

  @Test
  void nesterovLooksAhead() {
    // m: 1, 1.5; steps: 0.5 (1 + 0.5) + 0.5 (1 + 0.75).
    assertThat(twice(new Nesterov(0.5, 0.5)).coordinates()).containsExactly(1.625f, 4.75f);
  }

  @Test
  void fedAdamHasNoBiasCorrection() {
    // m: 0.5, 0.75; v: 0.75 + 0.25 = 1 and stays 1 for the change 1 with tau = 1.
    OuterState state = twice(new FedAdam(1, 0.5, 0.75, 1));

    assertThat(state.coordinates()[0]).isEqualTo(0.5f / 2 + 0.75f / 2);
    assertThat(state.steps()).isEqualTo(2);
  }

  @Test
  void goesOnBitForBit_afterItsBytesWereReadAgain() {
    for (OuterOptimiser optimiser :
        List.of(new Plain(0.3), new Nesterov(0.7, 0.9), new FedAdam(0.1, 0.9, 0.99, 1e-3))) {
      OuterState state = twice(optimiser);
      OuterState read = OuterState.ofBytes(state.toBytes());

      assertThat(read.toBytes()).isEqualTo(state.toBytes());
      assertThat(optimiser.step(read, CHANGE).toBytes())
          .isEqualTo(optimiser.step(state, CHANGE).toBytes());
    }
  }

  @Test
  void refusesBytesThatAreNoState() {
    byte[] bytes = twice(new Nesterov(0.7, 0.9)).toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatIllegalArgumentException().isThrownBy(() -> OuterState.ofBytes(cut));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OuterState.ofBytes(Arrays.copyOf(bytes, bytes.length + 1)));
  }

  @Test
  void refusesChangesThatDoNotFit() {
    OuterState state = OuterState.at(new float[2]);
    Plain plain = new Plain(1e38);
    assertThatIllegalArgumentException().isThrownBy(() -> plain.step(state, new float[3]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain.step(state, new float[] {Float.NaN, 0}));
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> plain.step(state, new float[] {10, 0}));
    assertThatIllegalArgumentException().isThrownBy(() -> new Nesterov(1, 1));
  }
}
