// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.peermind.federated.aggregation.AggregationRule.CentredClipping;
import org.peermind.federated.aggregation.AggregationRule.CoordinateMedian;
import org.peermind.federated.aggregation.AggregationRule.GeometricMedian;
import org.peermind.federated.aggregation.AggregationRule.MultiKrum;
import org.peermind.federated.aggregation.AggregationRule.TrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.WeightedMean;
import org.peermind.testkit.Property;

/// The canonical order (ADR 0030): lanes and threads change no bit.
class KernelsTest {
  private static final int[] LENGTHS = {1, 15, 31, 32, 33, 63, 127, 1_025, 4_095, 4_097, 9_001};

  private final Aggregation vector = new Aggregation(new VectorKernels(), Spread.SEQUENTIAL);
  private final Aggregation scalar = new Aggregation(new ScalarKernels(), Spread.SEQUENTIAL);

  private static List<AggregationRule> rules(int vectors) {
    return List.of(
        new WeightedMean(),
        new TrimmedMean(0.2),
        new AggregationRule.MixedTrimmedMean(0.2),
        new CoordinateMedian(),
        new MultiKrum((vectors - 1) / 2, Math.max(1, vectors / 2)),
        new GeometricMedian(1e-6, 3),
        new CentredClipping(0.5, 2));
  }

  @Test
  void vectorKernelsGiveTheBitsOfTheirScalarTwins_forEveryRuleAndUpToTwentyVectors() {
    Property.forAll(
        1,
        60,
        random -> {
          int count = 1 + random.nextInt(20);
          int length = LENGTHS[random.nextInt(LENGTHS.length)];
          List<float[]> vectors = Vectors.random(random, count, length);
          for (AggregationRule rule : rules(count)) {
            Aggregate ours = Vectors.aggregate(vector, rule, vectors);
            Aggregate twin = Vectors.aggregate(scalar, rule, vectors);
            assertThat(ours.vector()).as("%s", rule).isEqualTo(twin.vector());
            assertThat(ours.scores()).isEqualTo(twin.scores());
          }
          float[] point = vectors.getFirst();
          assertThat(vector.distances(point, vectors)).isEqualTo(scalar.distances(point, vectors));
          assertThat(vector.norm(point)).isEqualTo(scalar.norm(point));
        });
  }

  @Test
  void everyNumberOfVectorsFromOneToTwenty_givesTheSameBits() {
    Property.forAll(
        100,
        1,
        random -> {
          for (int count = 1; count <= 20; count++) {
            List<float[]> vectors = Vectors.random(random, count, 67);
            for (AggregationRule rule : rules(count)) {
              assertThat(Vectors.aggregate(vector, rule, vectors).vector())
                  .as("%s of %d", rule, count)
                  .isEqualTo(Vectors.aggregate(scalar, rule, vectors).vector());
            }
          }
        });
  }

  @Test
  void middleValuesAreThoseOfASortedColumn_forZerosOfBothSignsAndTheLargestFloats() {
    float[] special = {0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, 1f, -1f, 1e38f, -1e38f};
    Property.forAll(
        17,
        200,
        random -> {
          int count = 6 + random.nextInt(6);
          float[][] vectors = new float[count][65 + random.nextInt(600)];
          for (float[] vector : vectors) {
            for (int index = 0; index < vector.length; index++) {
              vector[index] = special[random.nextInt(special.length)];
            }
          }
          float[] medians = new float[vectors[0].length];
          int middle = (count - 1) / 2;
          int wanted = count % 2 == 0 ? 2 : 1;
          int largest =
              new VectorKernels().select(vectors, middle, wanted, medians, 0, medians.length);
          int expectedLargest = 0;
          for (int index = 0; index < medians.length; index++) {
            float[] column = new float[count];
            for (int row = 0; row < count; row++) {
              column[row] = vectors[row][index];
              expectedLargest =
                  Math.max(expectedLargest, Float.floatToRawIntBits(Math.abs(column[row])));
            }
            Arrays.sort(column);
            float expected =
                wanted == 1 ? column[count / 2] : (column[count / 2] + column[count / 2 - 1]) / 2;
            assertThat(Float.floatToRawIntBits(medians[index]))
                .isEqualTo(Float.floatToRawIntBits(expected));
          }
          assertThat(largest).isEqualTo(expectedLargest);
        });
  }

  @Test
  void oneInfinityOrNoNumberAnywhere_isSeenByEverySelection() {
    float[] wrong = {Float.NaN, -Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    Property.forAll(
        19,
        200,
        random -> {
          int count = 1 + random.nextInt(20);
          List<float[]> vectors = Vectors.random(random, count, LENGTHS[random.nextInt(8)]);
          float[] broken = vectors.get(random.nextInt(count));
          broken[random.nextInt(broken.length)] = wrong[random.nextInt(4)];
          assertThat(vector.aggregate(new CoordinateMedian(), vectors, List.of(), new float[0]))
              .isInstanceOf(AggregationRefused.class);
        });
  }

  @Test
  void theMeanOfTwoOfTheLargestFloats_isRefusedAsBeyondTheRange() {
    float[] huge = new float[70];
    Arrays.fill(huge, Float.MAX_VALUE);
    List<float[]> ten = Collections.nCopies(10, huge);

    assertThat(vector.aggregate(new CoordinateMedian(), ten, List.of(), new float[0]))
        .isInstanceOf(AggregationRefused.class);
    assertThat(scalar.aggregate(new CoordinateMedian(), ten, List.of(), new float[0]))
        .isInstanceOf(AggregationRefused.class);
  }

  @Test
  void theOrderOfPiecesChangesNoBit() {
    Spread backwards =
        (pieces, work) -> {
          for (int piece = pieces - 1; piece >= 0; piece--) {
            work.accept(piece);
          }
        };
    Aggregation other = new Aggregation(new VectorKernels(), backwards);
    Property.forAll(
        7,
        1,
        random -> {
          List<float[]> vectors = Vectors.random(random, 6, 150_001);
          for (AggregationRule rule : rules(6)) {
            assertThat(Vectors.aggregate(other, rule, vectors).vector())
                .isEqualTo(Vectors.aggregate(vector, rule, vectors).vector());
          }
        });
  }

  @Test
  void squaresAreSummedInTheWrittenOrder() {
    float[] x = new float[33];
    Arrays.fill(x, 1f);
    x[0] = 4_096f;
    float[] partials = new float[32];
    Arrays.fill(partials, 1f);
    partials[0] = Math.fma(1f, 1f, 4_096f * 4_096f);

    assertThat(vector.norm(x)).isEqualTo(Math.sqrt(ScalarKernels.tree(partials, 0)));
    assertThat(ScalarKernels.tree(partials, 0)).isNotEqualTo(4_096.0 * 4_096 + 32);
  }

  @Test
  void squaresBeyondTheRangeOfFloatsAreSummedInDoubles() {
    float[] huge = {3e30f, 4e30f};
    float[] tiny = {3e-30f, 4e-30f};

    assertThat(vector.norm(huge)).isCloseTo(5e30, offset(1e24));
    assertThat(vector.norm(tiny)).isCloseTo(5e-30, offset(1e-36));
    assertThat(vector.norm(new float[3])).isZero();
  }

  @Test
  void networksSortEveryColumn_alsoWhereOnlySomeRowsAreWanted() {
    Property.forAll(
        31,
        40,
        random -> {
          int rows = 1 + random.nextInt(70);
          int from = random.nextInt(rows);
          int to = from + 1 + random.nextInt(rows - from);
          int[] keys = IntStream.range(0, rows).map(_ -> random.nextInt(rows)).toArray();
          int[] sorted = keys.clone();
          Arrays.sort(sorted);
          int[] network = SortingNetwork.of(rows, from, to);
          for (int step = 0; step < network.length; step += 2) {
            exchange(keys, network[step], network[step + 1]);
          }
          assertThat(Arrays.copyOfRange(keys, from, to))
              .isEqualTo(Arrays.copyOfRange(sorted, from, to));
        });
  }

  @Test
  void everyPatternOfZerosAndOnes_isSortedByNetworksOfUpToTwelveRows() {
    for (int rows = 1; rows <= 12; rows++) {
      int[] network = SortingNetwork.of(rows, 0, rows);
      for (int pattern = 0; pattern < 1 << rows; pattern++) {
        int bits = pattern;
        int[] keys = IntStream.range(0, rows).map(row -> (bits >> row) & 1).toArray();
        for (int step = 0; step < network.length; step += 2) {
          exchange(keys, network[step], network[step + 1]);
        }
        assertThat(keys).isSorted();
      }
    }
  }

  private static void exchange(int[] keys, int low, int high) {
    int smaller = Math.min(keys[low], keys[high]);
    keys[high] = Math.max(keys[low], keys[high]);
    keys[low] = smaller;
  }

  @Test
  void rulesThatDoNotAddInOrder_giveTheSameForEveryOrderOfTheVectors() {
    Property.forAll(
        11,
        20,
        random -> {
          List<float[]> vectors = Vectors.random(random, 6 + random.nextInt(9), 45);
          List<float[]> shuffled = shuffled(vectors, random);
          List<AggregationRule> rules =
              List.of(new TrimmedMean(0.3), new CoordinateMedian(), new AggregationRule.Krum(1));
          for (AggregationRule rule : rules) {
            assertThat(Vectors.aggregate(rule, shuffled).vector())
                .isEqualTo(Vectors.aggregate(rule, vectors).vector());
          }
        });
  }

  private static List<float[]> shuffled(List<float[]> vectors, RandomGenerator random) {
    List<float[]> rest = new ArrayList<>(vectors);
    List<float[]> shuffled = new ArrayList<>();
    while (!rest.isEmpty()) {
      shuffled.add(rest.remove(random.nextInt(rest.size())));
    }
    return shuffled;
  }
}
