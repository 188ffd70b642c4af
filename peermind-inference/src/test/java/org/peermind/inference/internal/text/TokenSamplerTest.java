// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Sampling;
import org.peermind.testkit.Property;

class TokenSamplerTest {
  @Test
  void takesTheLowestIdAmongExactTies_atTemperatureZero() {
    TokenSampler.Choice choice = greedy(1, 5, 3, 5, 5);

    assertThat(choice.tokenId()).isEqualTo(1);
    assertThat(choice.nearTie()).isTrue();
  }

  @Test
  void countsANearTie_onlyWithinTheMargin() {
    assertThat(greedy(5f, 4.9995f, 1).nearTie()).isTrue();
    assertThat(greedy(5f, 4.99f, 1).nearTie()).isFalse();
  }

  @Test
  void ignoresWhatIsNoNumber_butNotWhenNothingElseIsLeft() {
    assertThat(greedy(Float.NaN, 1, Float.NEGATIVE_INFINITY).tokenId()).isEqualTo(1);
    assertThatThrownBy(() -> greedy(Float.NaN, Float.NaN)).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void dependsOnLogitsSeedAndPositionAlone() {
    Property.forAll(
        1,
        200,
        random -> {
          float[] logits = logits(random, 300);
          Sampling sampling = new Sampling(0.1 + random.nextDouble(), 0.9, random.nextLong());
          int position = random.nextInt(1000);
          TokenSampler warm = new TokenSampler(sampling);
          for (int i = 0; i < 5; i++) {
            warm.choose(logits(random, 300), i);
          }
          assertThat(warm.choose(logits, position))
              .isEqualTo(new TokenSampler(sampling).choose(logits, position));
        });
  }

  @Test
  void drawsFromTheSoftmax_overPositionsAndOverSeeds() {
    float[] logits = {1, 0, -1, 2, 0.5f};
    double temperature = 0.8;
    double[] expected = softmax(logits, temperature);
    int draws = 40_000;
    int[] byPosition = new int[logits.length];
    int[] bySeed = new int[logits.length];
    TokenSampler sampler = new TokenSampler(new Sampling(temperature, 1, 42));
    for (int i = 0; i < draws; i++) {
      byPosition[sampler.choose(logits, i).tokenId()]++;
      bySeed[new TokenSampler(new Sampling(temperature, 1, i)).choose(logits, 3).tokenId()]++;
    }
    for (int id = 0; id < logits.length; id++) {
      // Five standard deviations of a binomial frequency.
      double tolerance = 5 * Math.sqrt(expected[id] * (1 - expected[id]) / draws);
      assertThat(byPosition[id] / (double) draws).isCloseTo(expected[id], within(tolerance));
      assertThat(bySeed[id] / (double) draws).isCloseTo(expected[id], within(tolerance));
    }
  }

  @Test
  void staysInsideTheNucleus() {
    float[] logits = {3, 2, 1, 0, -1};
    // Softmax: 0.636, 0.234, 0.086, 0.032, 0.012; 0.8 is reached by the first two.
    int[] counts = new int[logits.length];
    TokenSampler sampler = new TokenSampler(new Sampling(1, 0.8, 7));
    for (int i = 0; i < 5_000; i++) {
      counts[sampler.choose(logits, i).tokenId()]++;
    }
    assertThat(counts[0] / 5000.0).isCloseTo(0.636 / 0.870, within(0.035));
    assertThat(counts[1]).isPositive();
    assertThat(counts[2] + counts[3] + counts[4]).isZero();
  }

  @Test
  void choosesTheSameWithAndWithoutANucleusOfEverything() {
    Property.forAll(
        1,
        300,
        random -> {
          float[] logits = logits(random, 500);
          long seed = random.nextLong();
          int all = new TokenSampler(new Sampling(0.7, 1, seed)).choose(logits, 1).tokenId();
          int most =
              new TokenSampler(new Sampling(0.7, 0.9999999999, seed)).choose(logits, 1).tokenId();
          assertThat(most).isEqualTo(all);
        });
  }

  @Test
  void announcesEveryChoiceThatSmallErrorsCouldChange() {
    Property.forAll(
        1,
        4_000,
        random -> {
          float[] logits = logits(random, 50);
          if (random.nextBoolean()) {
            // Tokens that are equally likely, or nearly so, at every edge.
            for (int i = 1; i < logits.length; i += 2) {
              logits[i] = logits[i - 1] + (random.nextInt(3) - 1) * 5e-5f;
            }
          }
          float[] disturbed = logits.clone();
          for (int i = 0; i < disturbed.length; i++) {
            disturbed[i] += (float) ((random.nextDouble() - 0.5) * 2e-4);
          }
          Sampling sampling =
              switch (random.nextInt(6)) {
                case 0 -> Sampling.greedy();
                case 1 -> new Sampling(0.8, 1, random.nextLong());
                case 2 -> cut(random.nextLong(), 1, 1 + random.nextInt(5), 0);
                case 3 -> cut(random.nextLong(), 1, 0, random.nextDouble());
                case 4 -> cut(random.nextLong(), 0.7, 4, 0.1);
                default -> new Sampling(1.2, 0.3 + random.nextDouble() * 0.6, random.nextLong());
              };
          TokenSampler.Choice choice = new TokenSampler(sampling).choose(logits, 11);
          TokenSampler.Choice other = new TokenSampler(sampling).choose(disturbed, 11);
          if (choice.tokenId() != other.tokenId()) {
            assertThat(choice.nearTie()).isTrue();
          }
        });
  }

  @Test
  void staysAmongTheLikeliest_byTopK_andByMinP() {
    float[] logits = {3, 2.5f, 2, 1, -1};
    TokenSampler two = new TokenSampler(cut(7, 1, 2, 0));
    TokenSampler half = new TokenSampler(cut(7, 1, 0, 0.5));
    TokenSampler one = new TokenSampler(cut(7, 1, 1, 0));
    int seconds = 0;
    for (int i = 0; i < 2_000; i++) {
      assertThat(two.choose(logits, i).tokenId()).isLessThan(2);
      // exp(-0.5) is more than a half, exp(-1) is less.
      assertThat(half.choose(logits, i).tokenId()).isLessThan(2);
      assertThat(one.choose(logits, i)).isEqualTo(new TokenSampler.Choice(0, false));
      seconds += two.choose(logits, i).tokenId();
    }
    double expected = Math.exp(-0.5) / (1 + Math.exp(-0.5));
    assertThat(seconds / 2_000.0).isCloseTo(expected, within(0.06));
  }

  @Test
  void choosesTheSameWithCutsThatCutNothing() {
    Property.forAll(
        1,
        300,
        random -> {
          float[] logits = logits(random, 500);
          long seed = random.nextLong();
          int all = new TokenSampler(new Sampling(0.7, 1, seed)).choose(logits, 1).tokenId();
          Sampling wide = new Sampling(0.7, 1, seed, 500, 1e-300, 0, 0, Map.of());
          assertThat(new TokenSampler(wide).choose(logits, 1).tokenId()).isEqualTo(all);
        });
  }

  private static Sampling cut(long seed, double topP, int topK, double minP) {
    return new Sampling(1, topP, seed, topK, minP, 0, 0, Map.of());
  }

  private static TokenSampler.Choice greedy(float... logits) {
    return new TokenSampler(Sampling.greedy()).choose(logits, 0);
  }

  private static float[] logits(RandomGenerator random, int count) {
    float[] logits = new float[count];
    for (int i = 0; i < count; i++) {
      logits[i] = (float) (random.nextGaussian() * 3);
    }
    return logits;
  }

  private static double[] softmax(float[] logits, double temperature) {
    double[] result = new double[logits.length];
    double total = 0;
    for (int i = 0; i < logits.length; i++) {
      result[i] = Math.exp(logits[i] / temperature);
      total += result[i];
    }
    for (int i = 0; i < logits.length; i++) {
      result[i] /= total;
    }
    return result;
  }
}
