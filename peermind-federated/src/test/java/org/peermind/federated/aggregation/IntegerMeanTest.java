// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

/// Exact means of what travels, and what must not be averaged apart.
class IntegerMeanTest {
  private static List<int[]> columns(int one, int two, int three) {
    return List.of(new int[] {one}, new int[] {two}, new int[] {three});
  }

  @Test
  void roundsAHalfToTheEvenNumber() {
    List<Long> equal = List.of(1L, 1L);
    assertThat(IntegerMean.of(List.of(new int[] {1, 3, -1, -3}, new int[] {0, 0, 0, 0}), equal))
        .containsExactly(0, 2, 0, -2);
  }

  @Test
  void isTheExactMean_inAnyOrder() {
    Property.forAll(
        1,
        200,
        random -> {
          int[] x = random.ints(3).toArray();
          List<Long> weights =
              List.of(
                  1 + random.nextLong(700_000_000),
                  1 + random.nextLong(700_000_000),
                  1 + random.nextLong(700_000_000));
          BigDecimal sum = BigDecimal.ZERO;
          long total = 0;
          for (int index = 0; index < 3; index++) {
            long weight = weights.get(index);
            sum = sum.add(BigDecimal.valueOf(x[index]).multiply(BigDecimal.valueOf(weight)));
            total += weight;
          }
          int mean = IntegerMean.of(columns(x[0], x[1], x[2]), weights)[0];
          assertThat(mean)
              .isEqualTo(
                  sum.divide(BigDecimal.valueOf(total), 0, RoundingMode.HALF_EVEN).intValueExact());
          assertThat(IntegerMean.of(columns(x[2], x[1], x[0]), weights.reversed())[0])
              .isEqualTo(mean);
          assertThat(IntegerMean.sum(columns(x[0], x[1], x[2]), weights)[0])
              .isEqualTo(sum.longValueExact());
        });
  }

  @Test
  void refusesWeightsThatCouldOverflow() {
    List<int[]> two = List.of(new int[1], new int[1]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IntegerMean.of(two, List.of(1L, (long) Integer.MAX_VALUE)));
    assertThatIllegalArgumentException().isThrownBy(() -> IntegerMean.of(two, List.of(1L, 0L)));
    assertThatIllegalArgumentException().isThrownBy(() -> IntegerMean.of(two, List.of(1L)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IntegerMean.of(List.of(new int[1], new int[2]), List.of(1L, 1L)));
    assertThatIllegalArgumentException().isThrownBy(() -> IntegerMean.of(List.of(), List.of()));
  }

  /// `b` is `out x r`, `a` is `r x in`; both row-major.
  private static int[] product(int[] b, int[] a, int rank, int in) {
    int[] product = new int[b.length / rank * in];
    for (int row = 0; row < b.length / rank; row++) {
      for (int column = 0; column < in; column++) {
        for (int k = 0; k < rank; k++) {
          product[row * in + column] += b[row * rank + k] * a[k * in + column];
        }
      }
    }
    return product;
  }

  /// The well-known mistake of averaging both halves of low-rank updates: two clients of rank 2.
  @Test
  void meanOfATimesMeanOfB_isNotTheMeanOfBA() {
    int[] a1 = {1, 0, 0, 0, 1, 0};
    int[] a2 = {0, 1, 0, 0, 0, 1};
    int[] b1 = {4, 0, 0, 4};
    int[] b2 = {0, 4, 4, 0};
    List<Long> equal = List.of(1L, 1L);

    // Four times each, because the mean of A is in halves.
    int[] right = IntegerMean.of(List.of(product(b1, a1, 2, 3), product(b2, a2, 2, 3)), equal);
    int[] doubledA = new int[6];
    for (int index = 0; index < 6; index++) {
      doubledA[index] = a1[index] + a2[index];
    }
    int[] doubledWrong = product(IntegerMean.of(List.of(b1, b2), equal), doubledA, 2, 3);
    double error = 0;
    double size = 0;
    for (int index = 0; index < right.length; index++) {
      error += Math.pow(doubledWrong[index] / 2.0 - right[index], 2);
      size += Math.pow(right[index], 2);
    }

    assertThat(right).containsExactly(2, 0, 2, 0, 4, 0);
    assertThat(doubledWrong).containsExactly(2, 4, 2, 2, 4, 2);
    assertThat(Math.sqrt(error / size)).isGreaterThan(0.27);
  }

  @Test
  void meanOfBTimesTheSharedA_isExactlyTheMeanOfBA() {
    Property.forAll(
        21,
        50,
        random -> {
          int[] a = random.ints(6, -99, 100).toArray();
          // Multiples of three, so that the mean of three is a whole number.
          List<int[]> b =
              List.of(
                  random.ints(8, -99, 100).map(n -> 3 * n).toArray(),
                  random.ints(8, -99, 100).map(n -> 3 * n).toArray(),
                  random.ints(8, -99, 100).map(n -> 3 * n).toArray());
          List<Long> equal = List.of(1L, 1L, 1L);
          List<int[]> products = b.stream().map(each -> product(each, a, 2, 3)).toList();

          assertThat(product(IntegerMean.of(b, equal), a, 2, 3))
              .isEqualTo(IntegerMean.of(products, equal));
        });
  }
}
