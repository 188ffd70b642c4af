// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChunkSizeTest {
  @Test
  void growsOnAFastMachine_andShrinksOnASlowOne() {
    assertThat(settled(50_000, 0)).isEqualTo(ChunkSize.MAX);
    assertThat(settled(TimeUnit.MILLISECONDS.toNanos(20), 0)).isBetween(64, 128);
    assertThat(settled(TimeUnit.SECONDS.toNanos(1), 0)).isEqualTo(ChunkSize.MIN);
  }

  @Test
  void isSmallerBesideAnswers_soThatTheyGoOn() {
    long perToken = TimeUnit.MILLISECONDS.toNanos(5);

    assertThat(settled(perToken, 4)).isLessThan(settled(perToken, 0));
  }

  @Test
  void doesNotShrinkBelowWhatOneStepCostsAnyway() {
    ChunkSize chunk = new ChunkSize();
    long weights = TimeUnit.MILLISECONDS.toNanos(400);
    chunk.measured(weights, 0, 1);
    for (int i = 0; i < 20; i++) {
      int tokens = chunk.tokens(false);
      chunk.measured(weights + tokens * TimeUnit.MILLISECONDS.toNanos(5), tokens, 1);
    }

    assertThat(chunk.tokens(false)).isBetween(32, 128);
  }

  @Test
  void isSmall_whileThePaceIsReduced() {
    ChunkSize chunk = new ChunkSize();

    assertThat(chunk.tokens(true)).isEqualTo(ChunkSize.REDUCED_MAX);
  }

  private static int settled(long nanosPerToken, int steps) {
    ChunkSize chunk = new ChunkSize();
    for (int i = 0; i < 20; i++) {
      int tokens = chunk.tokens(false);
      chunk.measured((tokens + steps) * nanosPerToken, tokens, steps);
    }
    return chunk.tokens(false);
  }
}
