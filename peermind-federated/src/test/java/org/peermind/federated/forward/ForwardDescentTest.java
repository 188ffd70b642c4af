// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Property;

class ForwardDescentTest {
  private static final Digest POOL = new Digest("5e".repeat(32));
  private static final Digest DRAWS = new Digest("d1".repeat(32));
  private static final int LENGTH = 96;

  private static ForwardTask task(int steps, double rate) {
    return new ForwardTask(POOL, 512, DRAWS, steps, 1e-3, rate, 10, 1, 100);
  }

  /// A bowl whose curvatures differ a hundredfold, with its bottom at `bottom`.
  private static LossOracle<RuntimeException> bowl(float[] bottom) {
    return (_, at) -> {
      double loss = 0;
      for (int i = 0; i < at.length; i++) {
        double away = at[i] - bottom[i];
        loss += 0.5 * Math.pow(100, -(double) i / at.length) * away * away;
      }
      return loss;
    };
  }

  private static float[] some(RandomGenerator random, int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float one : vector) {
      squares += (double) one * one;
    }
    return Math.sqrt(squares);
  }

  private static void run(ForwardDescent descent, LossOracle<RuntimeException> oracle)
      throws InterruptedException {
    while (!descent.done()) {
      descent.advance(oracle);
    }
  }

  @Test
  void findsTheBottomOfABowl() throws Exception {
    float[] bottom = some(new Random(1), LENGTH);
    LossOracle<RuntimeException> bowl = bowl(bottom);
    ForwardDescent descent = new ForwardDescent(task(4_000, 0.03), new float[LENGTH]);
    double before = bowl.loss(0, new float[LENGTH]);
    run(descent, bowl);
    double after = bowl.loss(0, descent.coordinates());
    System.out.printf("bowl of %d: loss %.4f, after 4,000 steps %.6f%n", LENGTH, before, after);
    assertThat(after).isLessThan(before / 100);
  }

  @Test
  void oneWhoStoppedAnywhereHasTheBitsOfOneWhoDidNot() {
    Property.forAll(
        100,
        20,
        random -> {
          float[] start = some(random, 1 + random.nextInt(300));
          LossOracle<RuntimeException> bowl = bowl(some(random, start.length));
          ForwardTask task = task(60, 0.05);
          Digest name = task.digest(start, DRAWS);
          ForwardDescent whole = new ForwardDescent(task, start);
          run(whole, bowl);
          ForwardDescent stopped = new ForwardDescent(task, start);
          while (!stopped.done()) {
            stopped.advance(bowl);
            if (random.nextInt(4) == 0) {
              byte[] kept = stopped.state().toBytes(name);
              stopped = new ForwardDescent(task, start, ForwardState.ofBytes(kept, name));
            }
          }
          assertThat(stopped.state()).isEqualTo(whole.state());
          assertThat(stopped.coordinates()).isEqualTo(whole.coordinates());
          assertThat(stopped.change()).isEqualTo(whole.change());
        });
  }

  /// Computed with Python from what is written about [Directions] and [ForwardDescent].
  @Test
  void bitsAreThoseOfAnotherProgram() throws Exception {
    long[] signs = Directions.signs(POOL, 3, 300);
    assertThat(Long.toHexString(signs[0])).isEqualTo("f491fe53a3cb244d");
    assertThat(Long.toHexString(signs[4] & ((1L << 44) - 1))).isEqualTo("e5a1d940bda");
    assertThat(Directions.drawn(DRAWS, 7, 512)).isEqualTo(234);
    ForwardDescent descent = new ForwardDescent(task(100, 0.05), new float[8]);
    run(
        descent,
        (_, at) -> {
          double loss = 0;
          for (int i = 0; i < at.length; i++) {
            loss += (at[i] - 0.125 * i) * (at[i] - 0.125 * i);
          }
          return loss;
        });
    assertThat(descent.state().sums()[234]).isEqualTo(68_234_948_387L);
    assertThat(descent.coordinates())
        .containsExactly(
            -0.0067587597f,
            0.12475031f,
            0.24445787f,
            0.36497298f,
            0.4142592f,
            0.5800013f,
            0.69790876f,
            0.78178954f);
  }

  @Test
  void directionsAreBalancedAndUnlikeEachOther() {
    int length = 1 << 14;
    int up = 0;
    int alike = 0;
    long[] first = Directions.signs(POOL, 0, length);
    long[] second = Directions.signs(POOL, 1, length);
    for (int i = 0; i < length; i++) {
      up += Directions.isUp(first, i) ? 1 : 0;
      alike += Directions.isUp(first, i) == Directions.isUp(second, i) ? 1 : 0;
    }
    assertThat(up).isBetween(length / 2 - 400, length / 2 + 400);
    assertThat(alike).isBetween(length / 2 - 400, length / 2 + 400);
    assertThat(Directions.signs(POOL, 0, 100))
        .as("a shorter one is the beginning")
        .isEqualTo(new long[] {first[0], first[1]});
  }

  /// FedKSeed's server adds up whatever number it is given.
  @Test
  void absurdLossesMoveNothingBeyondItsBounds() {
    Property.forAll(
        200,
        20,
        random -> {
          ForwardTask task = new ForwardTask(POOL, 4, DRAWS, 200, 1e-3, 0.5, 0, 0.25, 2);
          ForwardDescent descent = new ForwardDescent(task, new float[LENGTH]);
          double[] absurd = {
            1e300, -1e300, Double.NaN, Double.POSITIVE_INFINITY, 0, 1, Double.MIN_VALUE, -1e9, 1e20
          };
          run(descent, (_, _) -> absurd[random.nextInt(absurd.length)]);
          assertThat(norm(descent.change())).isLessThanOrEqualTo(2 * (1 + 1e-6));
          for (long sum : descent.state().sums()) {
            assertThat(Math.abs(sum)).isLessThanOrEqualTo(1L << 38);
          }
          assertThat(descent.state().skipped()).isBetween(1, 199);
        });
  }

  @Test
  void lossesThatAreNoNumbersChangeNothing() throws Exception {
    ForwardDescent descent = new ForwardDescent(task(10, 0.1), new float[LENGTH]);
    run(descent, (_, _) -> Double.NaN);
    assertThat(descent.change()).containsOnly(0);
    assertThat(descent.state().skipped()).isEqualTo(10);
    assertThatThrownBy(() -> descent.advance((_, _) -> 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void stepThatTheOracleDidNotAnswerWasNotMade() throws Exception {
    LossOracle<RuntimeException> bowl = bowl(some(new Random(3), LENGTH));
    ForwardDescent descent = new ForwardDescent(task(10, 0.1), new float[LENGTH]);
    descent.advance(bowl);
    ForwardState before = descent.state();
    int[] asked = {0};
    assertThatThrownBy(
            () ->
                descent.advance(
                    (_, _) -> {
                      if (++asked[0] == 2) {
                        throw new InterruptedException();
                      }
                      return 1;
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(descent.state()).isEqualTo(before);
  }

  @Test
  void everyFlippedBitOfAKeptStateIsSeen() throws Exception {
    ForwardTask task = new ForwardTask(POOL, 8, DRAWS, 20, 1e-3, 0.1, 0, 1, 10);
    float[] start = new float[16];
    ForwardDescent descent = new ForwardDescent(task, start);
    run(descent, bowl(some(new Random(4), 16)));
    Digest name = task.digest(start, DRAWS);
    byte[] kept = descent.state().toBytes(name);
    assertThat(ForwardState.ofBytes(kept, name)).isEqualTo(descent.state());
    for (int bit = 0; bit < kept.length * 8; bit++) {
      byte[] flipped = kept.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThatThrownBy(() -> ForwardState.ofBytes(flipped, name))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (int length = 0; length < kept.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(kept, length);
      assertThatThrownBy(() -> ForwardState.ofBytes(cut, name))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> ForwardState.ofBytes(kept, POOL)).hasMessageContaining("another task");
    assertThat(descent.state().toString()).isEqualTo("ForwardState[step 20, 8 directions]");
  }

  @Test
  void anotherStartDataOrBoundIsAnotherTask() {
    ForwardTask task = task(10, 0.1);
    Digest name = task.digest(new float[] {1, 2}, DRAWS);
    assertThat(task.digest(new float[] {1, 3}, DRAWS)).isNotEqualTo(name);
    assertThat(task.digest(new float[] {1, 2}, POOL)).isNotEqualTo(name);
    assertThat(task(11, 0.1).digest(new float[] {1, 2}, DRAWS)).isNotEqualTo(name);
    assertThat(task(10, 0.2).digest(new float[] {1, 2}, DRAWS)).isNotEqualTo(name);
  }

  @Test
  void slopeIsThatOfTheLoss() throws Exception {
    float[] bottom = some(new Random(5), LENGTH);
    LossOracle<RuntimeException> bowl = bowl(bottom);
    ForwardDescent descent = new ForwardDescent(task(1_000, 0.01), new float[LENGTH]);
    descent.advance(bowl);
    // The first step goes by the rate, whatever the slope; down, not up.
    assertThat(bowl.loss(0, descent.coordinates())).isLessThan(bowl.loss(0, new float[LENGTH]));
    assertThat(norm(descent.change())).isCloseTo(0.01 / 11 * Math.sqrt(LENGTH), within(1e-9));
  }

  @Test
  void numbersOutOfBoundsAreRefused() {
    assertThatThrownBy(() -> task(0, 0.1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> task(10, Double.NaN)).hasMessageContaining("rate");
    assertThatThrownBy(() -> new ForwardDescent(task(10, 0.1), new float[0]))
        .hasMessage("There are no coordinates to train.");
    assertThatThrownBy(() -> new ForwardDescent(task(10, 0.1), new float[] {Float.NaN}))
        .hasMessage("A coordinate is not a finite number.");
  }
}
