// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Property;

class FeedbackTest {
  private static final Digest SEED = new Digest("fe".repeat(32));
  private static final RandomisedResponse RESPONSE = new RandomisedResponse(2);

  private static FeedbackPeriod period(List<Double> scales, int answersMax) {
    return new FeedbackPeriod(
        SEED, scales, 0.5, RESPONSE, answersMax, new FeedbackPeriod.Stepping(1, 0.5, 10, 0, 2));
  }

  private static NodeId user(int number) {
    byte[] key = new byte[32];
    key[0] = (byte) number;
    key[1] = (byte) (number >> 8);
    return NodeId.ofPublicKey(key);
  }

  private static FeedbackReport report(FeedbackPeriod period, int user, int answer, boolean bit) {
    return new FeedbackReport(period.name(), user(user), answer, bit);
  }

  @Test
  void bitsAreTheirOpinionsOnAverage() {
    Random random = new Random(1);
    for (double epsilon : new double[] {0.5, 1, 2}) {
      RandomisedResponse response = new RandomisedResponse(epsilon);
      int bits = 200_000;
      for (Opinion opinion : Opinion.values()) {
        double sum = 0;
        for (int i = 0; i < bits; i++) {
          sum += response.bit(opinion, random.nextLong()) ? 1 : -1;
        }
        double expected =
            switch (opinion) {
              case WORSE -> -1;
              case NONE -> 0;
              case BETTER -> 1;
            };
        // Five standard errors.
        assertThat(response.weight() * sum / bits)
            .as("epsilon %s, %s, seed 1", epsilon, opinion)
            .isCloseTo(expected, within(5 * response.weight() / Math.sqrt(bits)));
      }
    }
  }

  @Test
  void bitIsTheOpinionAsOftenAsWarnerSays() {
    RandomisedResponse response = new RandomisedResponse(Math.log(3));
    assertThat(response.weight()).isCloseTo(2, within(1e-12));
    long below = (3L << 62) - (1L << 40);
    long above = (3L << 62) + (1L << 40);
    // As unsigned numbers, three quarters of all are below 3/4 of 2^64.
    assertThat(response.bit(Opinion.BETTER, below)).isTrue();
    assertThat(response.bit(Opinion.BETTER, above)).isFalse();
    assertThat(response.bit(Opinion.WORSE, below)).isFalse();
    assertThat(response.bit(Opinion.WORSE, above)).isTrue();
    assertThatThrownBy(() -> new RandomisedResponse(0)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> new RandomisedResponse(Double.NaN))
        .isInstanceOf(RuntimeException.class);
  }

  /// The figures are sums with 50 digits, by another program.
  @Test
  void lossOfManyBitsIsExact() {
    RandomisedResponse half = new RandomisedResponse(0.5);
    RandomisedResponse one = new RandomisedResponse(1);
    assertThat(PrivacyBudget.delta(half, 1, 0)).isCloseTo(Math.tanh(0.25), within(1e-15));
    assertThat(PrivacyBudget.delta(half, 10, 2)).isCloseTo(0.14546644644111703, within(1e-14));
    assertThat(PrivacyBudget.delta(half, 40, 8)).isCloseTo(0.0930076120247866, within(1e-14));
    assertThat(PrivacyBudget.epsilon(half, 40, 1e-6)).isCloseTo(17.25264863231023, within(1e-9));
    assertThat(PrivacyBudget.epsilon(half, 100, 1e-6)).isCloseTo(33.31978823853731, within(1e-9));
    assertThat(PrivacyBudget.epsilon(one, 10, 0)).isEqualTo(10);
    assertThat(PrivacyBudget.epsilon(one, 0, 0)).isZero();
    Property.forAll(
        300,
        50,
        random -> {
          RandomisedResponse some = new RandomisedResponse(0.1 + 2 * random.nextDouble());
          int bits = 1 + random.nextInt(60);
          double delta = random.nextDouble() * 1e-3;
          double epsilon = PrivacyBudget.epsilon(some, bits, delta);
          assertThat(epsilon).isBetween(0.0, bits * some.epsilon());
          assertThat(PrivacyBudget.delta(some, bits, epsilon)).isLessThanOrEqualTo(delta);
          assertThat(PrivacyBudget.epsilon(some, bits + 1, delta)).isGreaterThan(epsilon);
        });
  }

  @Test
  void bitIsNotGiven_whenTheBudgetIsTooSmall() {
    PrivacyBudget budget = new PrivacyBudget(5, 0);
    budget = budget.after(RESPONSE).orElseThrow();
    budget = budget.after(RESPONSE).orElseThrow();
    assertThat(budget).isEqualTo(new PrivacyBudget(5, 4));
    assertThat(budget.after(RESPONSE)).isEmpty();
    assertThat(budget.after(new RandomisedResponse(1))).contains(new PrivacyBudget(5, 5));
    assertThatThrownBy(() -> new PrivacyBudget(1, 2)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> new PrivacyBudget(Double.NaN, 0)).isInstanceOf(RuntimeException.class);
  }

  @Test
  void directionsAreThoseOfAnotherProgram() {
    FeedbackPeriod period = period(List.of(1.0, 0.5), 4);
    assertThat(period.name().hex())
        .isEqualTo("2ab449b06dcf493e6d5d283f5b5d15ff81330fc1248d822ef21943fc0d9a7b8c");
    assertThat(period.direction(user(7), 3)).isEqualTo(0xc82575c4d9e0af0fL);
    assertThat(period.served(period.direction(user(7), 3))).isEqualTo(List.of(1.5, 1.0));
  }

  /// Averaged over many periods, the estimate is the gradient.
  @Test
  void gradientIsUnbiased() {
    Random random = new Random(2);
    List<Double> scales = List.of(1.0, 1.0, 1.0, 1.0);
    double[] slope = {0.3, -0.2, 0.1, 0};
    FeedbackPeriod period = period(scales, 4_096);
    Digest name = period.name();
    List<FeedbackReport> reports = new ArrayList<>();
    for (int user = 0; user < 50; user++) {
      for (int answer = 0; answer < 1_000; answer++) {
        double mean = 0.1;
        List<Double> served = period.served(FeedbackPeriod.direction(name, user(user), answer));
        for (int i = 0; i < slope.length; i++) {
          mean += slope[i] * (served.get(i) - scales.get(i));
        }
        Opinion opinion =
            random.nextDouble() < 0.2
                ? Opinion.NONE
                : random.nextDouble() < (1 + mean / 0.8) / 2 ? Opinion.BETTER : Opinion.WORSE;
        boolean bit = RESPONSE.bit(opinion, random.nextLong());
        reports.add(new FeedbackReport(name, user(user), answer, bit));
      }
    }
    FeedbackTally tally = FeedbackTally.of(period, reports);
    assertThat(tally.counted()).isEqualTo(50_000);
    double error = FeedbackTally.standardError(period, tally.counted());
    for (int i = 0; i < slope.length; i++) {
      assertThat(tally.gradient().get(i)).as("seed 2").isCloseTo(slope[i], within(4 * error));
    }
    Collections.shuffle(reports, random);
    assertThat(FeedbackTally.of(period, reports)).isEqualTo(tally);
  }

  @Test
  void nobodyCountsMoreThanHisAnswers() {
    Property.forAll(
        400,
        30,
        random -> {
          FeedbackPeriod period = period(List.of(1.0, 0.2, 1.8, 0.0, 2.0), 3);
          List<FeedbackReport> honest = new ArrayList<>();
          for (int user = 1; user < 40; user++) {
            honest.add(report(period, user, random.nextInt(3), random.nextBoolean()));
          }
          List<FeedbackReport> flooded = new ArrayList<>(honest);
          for (int i = 0; i < 500; i++) {
            flooded.add(report(period, 0, random.nextInt(-5, 100), random.nextBoolean()));
          }
          flooded.add(new FeedbackReport(SEED, user(0), 0, true));
          FeedbackTally with = FeedbackTally.of(period, flooded);
          FeedbackTally without = FeedbackTally.of(period, honest);
          assertThat(with.counted()).isBetween(39, 42);
          double difference = 0;
          for (int i = 0; i < 5; i++) {
            double mean = without.gradient().get(i) * without.counted() / with.counted();
            difference += Math.pow(with.gradient().get(i) - mean, 2);
          }
          assertThat(Math.sqrt(difference))
              .isLessThanOrEqualTo(FeedbackTally.influenceMax(period, with.counted()) * (1 + 1e-9));
          for (double scale : with.next()) {
            assertThat(scale).isBetween(0.0, 2.0);
          }
        });
  }

  @Test
  void thereIsNoStep_whenUsersFallApart() {
    FeedbackPeriod period = period(List.of(1.0, 1.0), 100);
    Digest name = period.name();
    List<FeedbackReport> reports = new ArrayList<>();
    for (int user = 0; user < 40; user++) {
      for (int answer = 0; answer < 100; answer++) {
        boolean isUp = (FeedbackPeriod.direction(name, user(user), answer) & 1) != 0;
        reports.add(new FeedbackReport(name, user(user), answer, isUp == (user < 20)));
      }
    }
    FeedbackTally tally = FeedbackTally.of(period, reports);
    assertThat(tally.leftOut()).isEqualTo(40);
    assertThat(tally.counted()).isZero();
    assertThat(tally.next()).isEqualTo(period.scales());
  }

  @Test
  void reportsThatCannotBeAreRefused() {
    FeedbackPeriod period = period(List.of(1.0), 2);
    List<FeedbackReport> reports =
        List.of(
            report(period, 1, 0, true),
            report(period, 1, 0, true),
            report(period, 2, 1, true),
            report(period, 2, 1, false),
            report(period, 3, 2, true),
            report(period, 3, -1, true),
            new FeedbackReport(SEED, user(4), 0, true));
    FeedbackTally tally = FeedbackTally.of(period, reports);
    assertThat(tally.counted()).isEqualTo(1);
    assertThat(tally.refused()).isEqualTo(4);
    assertThat(tally.next()).as("too few for a step").isEqualTo(period.scales());
    assertThat(FeedbackTally.of(period, List.of()).gradient()).containsExactly(0.0);
  }
}
