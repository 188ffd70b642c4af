// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.federated.GateTerms;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Property;

class GateJudgeTest {
  private static final int ITEMS = 40;
  private static final GateTerms TERMS =
      new GateTerms(new Digest("00".repeat(32)), 8, 100, 500, 800, 1_250, 50, 1_000);
  private static final OptionalDouble UNKNOWN = OptionalDouble.empty();

  private static GateMeasurement losses(List<Double> before, List<Double> after) {
    return new GateMeasurement(
        before, after, 20, 0, OptionalDouble.of(0), OptionalDouble.of(0), UNKNOWN, UNKNOWN);
  }

  private static List<String> reasons(GateMeasurement measured) {
    return GateJudge.judge(TERMS, measured, 1).reasons();
  }

  private static GateMeasurement same(
      int passed, int lost, double divergence, double shift, double speed, double energy) {
    List<Double> losses = Collections.nCopies(ITEMS, 2.0);
    return new GateMeasurement(
        losses,
        losses,
        passed,
        lost,
        OptionalDouble.of(divergence),
        OptionalDouble.of(shift),
        OptionalDouble.of(speed),
        OptionalDouble.of(energy));
  }

  @Test
  void letsThroughWhatChangesNothing() {
    Judgement judged = GateJudge.judge(TERMS, same(20, 0, 0, 0, 1, 1), 1);

    assertThat(judged.hasPassed()).isTrue();
    assertThat(judged.parentLoss()).isEqualTo(2);
    assertThat(judged.loss()).isEqualTo(2);
  }

  @Test
  void letsThroughWhatIsOnItsBounds_andFailsWhatIsJustBeyond() {
    assertThat(reasons(same(20, 1, 0.5, 1, 0.8, 1.25))).isEmpty();

    assertThat(reasons(same(20, 2, 0, 0, 1, 1)))
        .containsExactly("It fails 2 of 20 probes that the model before passes.");
    assertThat(reasons(same(20, 0, 0.51, 0, 1, 1)))
        .containsExactly(
            "On neutral texts it differs from the model before by 0.5100 nats a token, more than"
                + " 0.5000.");
    assertThat(reasons(same(20, 0, 0, 1.01, 1, 1)))
        .containsExactly(
            "Rare tokens before a text make it worse than the model before by 1.0100 nats a token,"
                + " more than 1.0000, as a backdoor would.");
    assertThat(reasons(same(20, 0, 0, 0, 0.79, 1)))
        .containsExactly("It runs at 0.7900 of the speed, less than 0.8000.");
    assertThat(reasons(same(20, 0, 0, 0, 1, 1.26)))
        .containsExactly("It needs 1.2600 times the energy a token, more than 1.2500.");
  }

  @Test
  void saysAllReasons_notTheFirst() {
    assertThat(reasons(same(20, 20, 9, 9, 0.1, 9))).hasSize(5);
  }

  @Test
  void failsWhatIsNoNumber() {
    List<Double> before = Collections.nCopies(ITEMS, 2.0);
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      List<Double> after = new ArrayList<>(before);
      after.set(7, bad);
      assertThat(reasons(losses(before, after)))
          .containsExactly("The loss on its items is no number.");
      assertThat(reasons(losses(after, before)))
          .containsExactly("The loss on its items is no number.");
      assertThat(reasons(same(20, 0, bad, bad, Double.NaN, bad))).hasSize(4);
    }
  }

  @Test
  void failsWhatWasNotMeasured_butSpeedAndEnergy() {
    List<Double> losses = Collections.nCopies(ITEMS, 2.0);

    assertThat(
            reasons(new GateMeasurement(losses, losses, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)))
        .containsExactly(
            "The gate has no neutral texts to compare it with the model before.",
            "It was not tried with rare tokens before the gate's items.");
    assertThat(reasons(losses(losses.subList(0, 7), losses.subList(0, 7))))
        .containsExactly("Only 7 items were asked of 8.");
    assertThat(reasons(losses(List.of(), List.of())))
        .containsExactly("Only 0 items were asked of 8.");
  }

  @Test
  void asksForASureImprovement_whereTheTermsAllowNoRise() {
    GateTerms strict = new GateTerms(new Digest("00".repeat(32)), 8, 0, 500, 800, 1_250, 50, 1_000);
    Property.forAll(
        1,
        20,
        random -> {
          List<Double> before = drawn(random, 3, 1);
          GateMeasurement better = losses(before, moved(before, random, -0.2, 0.3));
          GateMeasurement unsure = losses(before, moved(before, random, 0, 0));
          assertThat(GateJudge.judge(strict, better, 1).hasPassed()).isTrue();
          assertThat(GateJudge.judge(strict, unsure, 1).hasPassed()).isTrue();
          GateMeasurement worse = losses(before, moved(before, random, 0.05, 0.01));
          assertThat(GateJudge.judge(strict, worse, 1).hasPassed()).isFalse();
        });
  }

  @Test
  void takesWhatTheEngineCannotTellForEqual() {
    GateTerms strict = new GateTerms(new Digest("00".repeat(32)), 8, 0, 500, 800, 1_250, 50, 1_000);
    List<Double> before = Collections.nCopies(ITEMS, 2.0);

    GateMeasurement noise = losses(before, Collections.nCopies(ITEMS, 2.001));
    assertThat(GateJudge.judge(strict, noise, 1).hasPassed()).isTrue();
    GateMeasurement rise = losses(before, Collections.nCopies(ITEMS, 2.002));
    assertThat(GateJudge.judge(strict, rise, 1).hasPassed()).isFalse();
  }

  @Test
  void comparesItemByItem_soThatHardItemsDoNotHideARise() {
    Property.forAll(
        100,
        20,
        random -> {
          // Items differ by 3 nats; all rise by 2 %, which no unpaired test would see.
          List<Double> before = drawn(random, 4, 3);
          List<Double> after = before.stream().map(loss -> loss * 1.02).toList();
          assertThat(reasons(losses(before, after)))
              .singleElement()
              .asString()
              .contains("it is not 95 % sure that it rose by no more than");
          List<Double> little = before.stream().map(loss -> loss * 1.005).toList();
          assertThat(reasons(losses(before, little))).isEmpty();
        });
  }

  @Test
  void letsAHarmfulUpdateThroughInFewerThanOneOfTenRounds() {
    // A true rise of exactly what is allowed is let through in about 5 % of all samples.
    List<Boolean> passed = new ArrayList<>();
    Property.forAll(
        1_000,
        400,
        random -> {
          List<Double> before = Collections.nCopies(ITEMS, 2.0);
          List<Double> after = moved(before, random, 0.02, 0.1);
          passed.add(GateJudge.judge(TERMS, losses(before, after), 1).hasPassed());
        });
    assertThat(passed.stream().filter(Boolean::booleanValue).count()).isBetween(4L, 40L);
  }

  @Test
  void findsTheSameWhoeverJudges() {
    Property.forAll(
        7,
        20,
        random -> {
          List<Double> before = drawn(random, 3, 1);
          GateMeasurement measured = losses(before, moved(before, random, 0.02, 0.1));
          long seed = random.nextLong();
          assertThat(GateJudge.judge(TERMS, measured, seed))
              .isEqualTo(GateJudge.judge(TERMS, measured, seed));
        });
  }

  private static List<Double> drawn(RandomGenerator random, double mean, double spread) {
    List<Double> losses = new ArrayList<>();
    for (int item = 0; item < ITEMS; item++) {
      losses.add(mean + spread * (random.nextDouble() - 0.5));
    }
    return losses;
  }

  private static List<Double> moved(
      List<Double> losses, RandomGenerator random, double by, double spread) {
    return losses.stream().map(loss -> loss + by + spread * random.nextGaussian()).toList();
  }
}
