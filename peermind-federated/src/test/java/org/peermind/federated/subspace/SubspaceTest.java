// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.subspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.governance.Digest;

final class SubspaceTest {
  private static final Digest SEED = new Digest("5e".repeat(32));

  private final Subspace subspace =
      new Subspace(
          SEED,
          4,
          List.of(
              new AdaptedMatrix("blk.0.attn_q.weight", 300, 6),
              new AdaptedMatrix("blk.0.ffn_down.weight", 4, 5)));

  @Test
  void laysTheMatricesOneAfterTheOther() {
    assertThat(subspace.length()).isEqualTo(44);
    assertThat(subspace.offset(0)).isZero();
    assertThat(subspace.offset(1)).isEqualTo(24);
  }

  @Test
  void drawsOrthonormalRows_alsoWhenThereIsOneForEachColumn() {
    for (int position = 0; position < 2; position++) {
      int in = subspace.matrices().get(position).in();
      float[] a = subspace.a(position);
      for (int one = 0; one < 4; one++) {
        for (int other = 0; other < 4; other++) {
          double dot = 0;
          for (int column = 0; column < in; column++) {
            dot += (double) a[one * in + column] * a[other * in + column];
          }
          assertThat(dot).isCloseTo(one == other ? 1 : 0, within(1e-6));
        }
      }
    }
  }

  @Test
  void drawsTheSameRowsFromTheSameSeed_andOthersForOtherSeedsAndTensors() {
    assertThat(subspace.a(0)).isEqualTo(subspace.a(0));
    AdaptedMatrix renamed = new AdaptedMatrix("blk.1.attn_q.weight", 300, 6);
    assertThat(new Subspace(SEED, 4, List.of(renamed)).a(0)).isNotEqualTo(subspace.a(0));
    Subspace other = new Subspace(new Digest("5f".repeat(32)), 4, subspace.matrices());
    assertThat(other.a(0)).isNotEqualTo(subspace.a(0));
  }

  @Test
  void keepsTheRowsThatEveryOtherMachineDraws() {
    float[] a = subspace.a(0);
    int bits = Arrays.hashCode(a);
    assertThat(bits).isEqualTo(-1339863053);
  }

  @Test
  void keepsTheNormOfTheCoordinatesInTheChangeOfTheWeights() {
    float[] a = subspace.a(0);
    float[] b = {0.5f, -1, 2, 0.25f};
    double change = 0;
    for (int column = 0; column < 300; column++) {
      double weight = 0;
      for (int row = 0; row < 4; row++) {
        weight += b[row] * a[row * 300 + column];
      }
      change += weight * weight;
    }
    assertThat(Math.sqrt(change)).isCloseTo(Math.sqrt(0.25 + 1 + 4 + 0.0625), within(1e-5));
  }

  @Test
  void refusesARankThatAMatrixCannotHave() {
    assertThatThrownBy(() -> new Subspace(SEED, 5, subspace.matrices()))
        .hasMessageContaining("blk.0.ffn_down.weight has 4 columns, fewer than the rank 5");
  }
}
