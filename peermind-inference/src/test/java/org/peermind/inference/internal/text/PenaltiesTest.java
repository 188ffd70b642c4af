// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Sampling;

class PenaltiesTest {
  @Test
  void takePresenceOnce_andFrequencyForEachTime_andAddTheBias() {
    Penalties penalties =
        new Penalties(new Sampling(0, 1, 0, 0, 0, 0.5, 0.25, Map.of(1, 3.0, 2, -100.0)));
    penalties.count(0);
    penalties.count(1);
    penalties.count(1);
    float[] logits = {1, 1, 1, 1};

    penalties.apply(logits);

    assertThat(logits).containsExactly(0.25f, 3, -99, 1);
  }

  @Test
  void changeNothing_withoutBeingAsked() {
    Penalties penalties = new Penalties(Sampling.greedy());
    penalties.count(0);
    float[] logits = {1, 2};

    penalties.apply(logits);

    assertThat(logits).containsExactly(1, 2);
  }

  @Test
  void rankingIsTheSoftmaxOfTheLogits() {
    LogitRanking ranking =
        new LogitRanking(new float[] {1, 3, Float.NEGATIVE_INFINITY, 3, Float.NaN, 2});

    assertThat(ranking.top(3)).containsExactly(1, 3, 5);
    assertThat(ranking.top(20)).containsExactly(1, 3, 5, 0, 2);
    double total = Math.exp(1) + 2 * Math.exp(3) + Math.exp(2);
    assertThat(ranking.logprob(5)).isCloseTo(Math.log(Math.exp(2) / total), within(1e-6));
    assertThat(ranking.logprob(2)).isEqualTo(LogitRanking.LEAST);
    assertThat(ranking.logprob(4)).isEqualTo(LogitRanking.LEAST);
  }
}
