// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.federated.aggregation.AggregationRule.CentredClipping;
import org.peermind.federated.aggregation.AggregationRule.CoordinateMedian;
import org.peermind.federated.aggregation.AggregationRule.GeometricMedian;
import org.peermind.federated.aggregation.AggregationRule.Krum;
import org.peermind.federated.aggregation.AggregationRule.MixedTrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.MultiKrum;
import org.peermind.federated.aggregation.AggregationRule.TrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.WeightedMean;
import org.peermind.testkit.Property;

/// The rules by published and hand-computed values, what they stand, and what they refuse.
class AggregationTest {
  private static List<float[]> scalars(double... values) {
    List<float[]> vectors = new ArrayList<>();
    for (double value : values) {
      vectors.add(new float[] {(float) value});
    }
    return vectors;
  }

  private static float one(AggregationRule rule, double... values) {
    return Vectors.aggregate(rule, scalars(values)).vector()[0];
  }

  @Test
  void agreesWithThePublishedExamplesOfFlower() {
    assertThat(one(new Krum(1), 0.2, 0.7, 1.0)).isEqualTo(0.7f);
    assertThat(one(new MultiKrum(1, 2), 0.2, 0.5, 1.0)).isEqualTo(0.35f);
    assertThat(one(new TrimmedMean(0.25), 0.2, 0.5, 0.5, 1.0)).isEqualTo(0.5f);
  }

  @Test
  void choosesTheLowestIndex_whenScoresAreEqual() {
    Aggregate krum = Vectors.aggregate(new Krum(1), scalars(3, 1, 1, 1, 3, 3));

    assertThat(krum.selected()).containsExactly(0);
    assertThat(krum.scores()).containsOnly(krum.scores().getFirst());
  }

  @Test
  void countsADuplicateAsAnotherVector_andLeavesOnlyItselfOut() {
    // k = 5 - 1 - 2 = 2: of the vector at 0 the nearest two others are its duplicate and 3.
    Aggregate krum = Vectors.aggregate(new Krum(1), scalars(0, 0, 3, 5, 9));

    assertThat(krum.scores()).containsExactly(9.0, 9.0, 13.0, 20.0, 52.0);
    assertThat(krum.selected()).containsExactly(0);
  }

  @Test
  void trimsTheFloorOfFractionTimesCount() {
    // floor(0.3 * 5) = 1 on each side.
    assertThat(one(new TrimmedMean(0.3), 9, 1, 2, 3, -7)).isEqualTo(2f);
    assertThat(one(new TrimmedMean(0), 1, 2, 6)).isEqualTo(3f);
    assertThat(one(new TrimmedMean(0.4), 1, 2)).isEqualTo(1.5f);
  }

  @Test
  void mixesEachVectorWithItsNearest_beforeTrimming() {
    // floor(0.25 * 5) = 1, so that each becomes the mean of 4: without 100 those of 0, 1, 2 and 5
    // are 2, and that of 100 is (100 + 5 + 2 + 1) / 4 = 27, which is cut off.
    assertThat(one(new MixedTrimmedMean(0.25), 0, 1, 100, 2, 5)).isEqualTo(2f);
    assertThat(one(new MixedTrimmedMean(0), 1, 2, 6)).isEqualTo(3f);
    // Of the two that are equally near to 1, the first: means of 0 and 1, 1 and 0, 2 and 1.
    assertThat(one(new MixedTrimmedMean(0.34), 0, 1, 2)).isEqualTo(0.5f);
  }

  @Test
  void mixesPiecesOfLongVectorsAsOneWhole() {
    int length = (1 << 18) + 3;
    List<float[]> vectors = new ArrayList<>();
    for (int each : new int[] {0, 1, 100, 2, 5}) {
      float[] vector = new float[length];
      Arrays.fill(vector, each);
      vectors.add(vector);
    }

    assertThat(Vectors.aggregate(new MixedTrimmedMean(0.25), vectors).vector()).containsOnly(2f);
  }

  @Test
  void takesTheMeanOfTheMiddleTwo_whenTheCountIsEven() {
    assertThat(one(new CoordinateMedian(), 4, 1, 100, 2)).isEqualTo(3f);
    assertThat(one(new CoordinateMedian(), 4, 1, 100)).isEqualTo(4f);
    assertThat(one(new CoordinateMedian(), 7)).isEqualTo(7f);
  }

  @Test
  void weighsTheMean() {
    AggregationOutcome mean =
        Aggregation.here()
            .aggregate(
                new WeightedMean(),
                List.of(new float[] {1, 2}, new float[] {5, -2}),
                List.of(3.0, 1.0),
                new float[0]);

    assertThat(mean)
        .isInstanceOfSatisfying(
            Aggregate.class, made -> assertThat(made.vector()).containsExactly(2, 1));
  }

  @Test
  void findsTheGeometricMedianOverWholeVectors() {
    // The Fermat point of a right isosceles triangle: (1 - 1/sqrt(3)) / 2 on both axes.
    Aggregate median =
        Vectors.aggregate(
            new GeometricMedian(1e-6, 100),
            List.of(new float[] {0, 0}, new float[] {1, 0}, new float[] {0, 1}));

    assertThat(median.vector()[0]).isCloseTo(0.21132487f, within(2e-6f));
    assertThat(median.vector()[1]).isCloseTo(0.21132487f, within(2e-6f));
  }

  @Test
  void movesTheCentreByShortenedDifferences() {
    AggregationOutcome clipped =
        Aggregation.here()
            .aggregate(
                new CentredClipping(1, 1),
                List.of(new float[] {1.5f, 1}, new float[] {1, 1e6f}),
                List.of(),
                new float[] {1, 1});

    assertThat(clipped)
        .isInstanceOfSatisfying(
            Aggregate.class,
            made -> {
              assertThat(made.vector()[0]).isCloseTo(1.25f, within(1e-5f));
              assertThat(made.vector()[1]).isCloseTo(1.5f, within(1e-5f));
            });
  }

  @Test
  void robustRulesStayNearTheHonest_whenThreeOfTenSendAnything() {
    List<AggregationRule> robust =
        List.of(
            new TrimmedMean(0.3),
            new MixedTrimmedMean(0.3),
            new CoordinateMedian(),
            new Krum(3),
            new MultiKrum(3, 5),
            new GeometricMedian(1e-6, 32),
            new CentredClipping(2, 5));
    Property.forAll(
        3,
        20,
        random -> {
          List<float[]> vectors = Vectors.random(random, 10, 40);
          for (int bad = 0; bad < 3; bad++) {
            float scale = (float) Math.pow(10, 2 + random.nextInt(20));
            float[] vector = vectors.get(3 * bad);
            for (int index = 0; index < vector.length; index++) {
              vector[index] *= scale;
            }
          }
          for (AggregationRule rule : robust) {
            double norm = Aggregation.here().norm(Vectors.aggregate(rule, vectors).vector());
            assertThat(norm).as("%s", rule).isLessThan(12);
          }
          double mean =
              Aggregation.here().norm(Vectors.aggregate(new WeightedMean(), vectors).vector());
          assertThat(mean).isGreaterThan(50);
        });
  }

  @Test
  void refusesWhatIsNotFinite_namingVectorAndCoordinate() {
    List<AggregationRule> rules =
        List.of(
            new WeightedMean(),
            new TrimmedMean(0.4),
            new MixedTrimmedMean(0.4),
            new CoordinateMedian(),
            new Krum(1),
            new MultiKrum(1, 2),
            new GeometricMedian(1e-6, 2),
            new CentredClipping(1, 1));
    for (AggregationRule rule : rules) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        for (int length : new int[] {3, 70}) {
          Property.forAll(
              5,
              1,
              random -> {
                List<float[]> vectors = Vectors.random(random, 5, length);
                vectors.get(3)[2] = bad;
                assertThat(Vectors.refusal(rule, vectors))
                    .as("%s", rule)
                    .isEqualTo(
                        "Vector 3 has %s at coordinate 2; only finite numbers are aggregated."
                            .formatted(bad));
              });
        }
      }
    }
  }

  @Test
  void refusesWhatCannotBeAggregated_inOneSentence() {
    WeightedMean mean = new WeightedMean();
    assertThat(Vectors.refusal(mean, List.of())).isEqualTo("There is no vector to aggregate.");
    assertThat(Vectors.refusal(mean, List.of(new float[0])))
        .isEqualTo("The vectors have no coordinates.");
    assertThat(Vectors.refusal(mean, List.of(new float[2], new float[1])))
        .isEqualTo("Vector 1 has 1 coordinates but vector 0 has 2; all must have as many.");
    assertThat(Vectors.refusal(mean, scalars(1, 2), 1.0))
        .isEqualTo("There are 1 weights for 2 vectors; give one for each.");
    for (double weight : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThat(Vectors.refusal(mean, scalars(1, 2), 1.0, weight))
          .isEqualTo(
              "The weight of vector 1 is %s; weights must be finite and above 0."
                  .formatted(weight));
    }
    assertThat(Vectors.refusal(new CoordinateMedian(), scalars(1, 2), 1.0, 2.0))
        .isEqualTo("This rule counts every vector alike; leave the weights out.");
    assertThat(Vectors.refusal(new Krum(2), scalars(1, 2, 3, 4)))
        .isEqualTo("Of 4 vectors at most 1 may be malicious, not f = 2.");
    assertThat(Vectors.refusal(new MultiKrum(1, 4), scalars(1, 2, 3, 4)))
        .isEqualTo("Multi-Krum can average at most n - f = 3 of 4 vectors, not 4.");
    assertThat(Vectors.refusal(mean, scalars(3e38, 3e38))).startsWith("The numbers are so large");
    assertThatIllegalArgumentException().isThrownBy(() -> new TrimmedMean(0.5));
    assertThatIllegalArgumentException().isThrownBy(() -> new MixedTrimmedMean(-0.1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Krum(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> new GeometricMedian(Double.NaN, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new CentredClipping(0, 1));
  }

  @Test
  void clippedVectorsAreNeverLongerThanTheClip() {
    Property.forAll(
        9,
        100,
        random -> {
          float[] vector = Vectors.random(random, 1, 1 + random.nextInt(200)).getFirst();
          double norm = Math.exp(random.nextGaussian());
          float[] clipped = Clip.toNorm(vector, norm);
          double actual = Aggregation.here().norm(clipped);
          assertThat(actual).isLessThanOrEqualTo(norm);
          if (Aggregation.here().norm(vector) > norm) {
            assertThat(actual).isGreaterThan(norm * (1 - 1e-5));
          } else {
            assertThat(clipped).isEqualTo(vector);
          }
        });
    assertThat(Clip.toNorm(new float[3], 1)).containsOnly(0);
    assertThatIllegalArgumentException().isThrownBy(() -> Clip.toNorm(new float[] {Float.NaN}, 1));
  }
}
