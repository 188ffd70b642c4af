// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.subspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

final class FixedPointTest {
  private final FixedPoint fixed = new FixedPoint(20);

  @Test
  void roundsToTheNearestUnit_andTiesToEven() {
    float unit = (float) Math.scalb(1.0, -20);
    assertThat(fixed.encode(new float[] {0.5f * unit, 1.5f * unit, -2.4f * unit, 0}))
        .containsExactly(0, 2, -2, 0);
  }

  @Test
  void givesBackWhatItEncoded_andAgainTheSameBytes() {
    Property.forAll(
        11,
        200,
        random -> {
          int[] numbers = numbers(random, 50);
          assertThat(fixed.encode(fixed.decode(numbers))).isEqualTo(numbers);
          assertThat(FixedPoint.ofBytes(FixedPoint.toBytes(numbers))).isEqualTo(numbers);
        });
  }

  @Test
  void saturatesWhatIsTooLarge_andRefusesWhatIsNoNumber() {
    assertThat(fixed.encode(new float[] {1e9f, -1e9f}))
        .containsExactly(FixedPoint.MAGNITUDE_MAX, -FixedPoint.MAGNITUDE_MAX);
    assertThatThrownBy(() -> fixed.encode(new float[] {0, Float.NaN}))
        .hasMessage("coordinate 1 is not finite");
    assertThatThrownBy(() -> fixed.encode(new float[] {Float.POSITIVE_INFINITY}))
        .hasMessage("coordinate 0 is not finite");
  }

  @Test
  void clipsToTheNorm_neverBeyond_andLeavesShortUpdatesAlone() {
    Property.forAll(
        12,
        200,
        random -> {
          int[] numbers = numbers(random, 1 + random.nextInt(100));
          long clip = 1 + random.nextLong(1L << 30);
          int[] clipped = FixedPoint.clip(numbers, clip);
          assertThat(FixedPoint.isLonger(clipped, clip)).isFalse();
          if (!FixedPoint.isLonger(numbers, clip)) {
            assertThat(clipped).isEqualTo(numbers);
          }
        });
  }

  @Test
  void measuresNormsExactly_alsoOfManyLargeNumbers() {
    int[] largest = new int[200_000];
    Arrays.fill(largest, FixedPoint.MAGNITUDE_MAX);
    long norm = (long) Math.ceil(Math.sqrt(200_000.0) * FixedPoint.MAGNITUDE_MAX) + 1;
    assertThat(FixedPoint.isLonger(largest, norm)).isFalse();
    assertThat(FixedPoint.isLonger(largest, norm - 3)).isTrue();
    assertThat(FixedPoint.isLonger(new int[] {3, 4}, 5)).isFalse();
    assertThat(FixedPoint.isLonger(new int[] {3, 5}, 5)).isTrue();
  }

  @Test
  void findsTheFirstNumberOutOfRange() {
    assertThat(FixedPoint.outOfRange(new int[] {0, FixedPoint.MAGNITUDE_MAX})).isEmpty();
    assertThat(FixedPoint.outOfRange(new int[] {0, Integer.MIN_VALUE})).hasValue(1);
  }

  private static int[] numbers(RandomGenerator random, int length) {
    return random.ints(length, -FixedPoint.MAGNITUDE_MAX, FixedPoint.MAGNITUDE_MAX + 1).toArray();
  }
}
