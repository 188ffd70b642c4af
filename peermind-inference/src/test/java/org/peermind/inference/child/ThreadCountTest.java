// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ThreadCountTest {
  private static final long USUAL = TimeUnit.MILLISECONDS.toNanos(50);

  private long now;

  @Test
  void lowersTheThreads_afterSeveralTicksFarAboveTheUsual() {
    ThreadCount count = learnt(7);
    tick(count, 1, 10 * USUAL, ThreadCount.SLOW_TICKS - 1);
    assertThat(count.threads()).isEqualTo(7);

    tick(count, 1, 10 * USUAL, 1);

    assertThat(count.threads()).isEqualTo(3);
  }

  @Test
  void keepsTheThreads_whenSlowTicksAreFew_orTheBatchIsLarger() {
    ThreadCount count = learnt(4);
    for (int i = 0; i < 20; i++) {
      tick(count, 1, 10 * USUAL, 1);
      tick(count, 1, USUAL, 1);
      tick(count, 64, 20 * USUAL, 1);
    }

    assertThat(count.threads()).isEqualTo(4);
  }

  @Test
  void raisesTheThreadsAgain_afterAQuietTime() {
    ThreadCount count = learnt(4);
    tick(count, 1, 10 * USUAL, ThreadCount.SLOW_TICKS);
    assertThat(count.threads()).isEqualTo(2);

    now += ThreadCount.QUIET_NANOS_MIN;
    tick(count, 1, 2 * USUAL, 1);

    assertThat(count.threads()).isEqualTo(4);
  }

  @Test
  void waitsLongerEachTime_whenRaisingProvesWrong() {
    ThreadCount count = learnt(2);
    tick(count, 1, 10 * USUAL, ThreadCount.SLOW_TICKS);
    now += ThreadCount.QUIET_NANOS_MIN;
    tick(count, 1, USUAL, 1);
    assertThat(count.threads()).isEqualTo(2);
    tick(count, 1, 10 * USUAL, ThreadCount.SLOW_TICKS);
    assertThat(count.threads()).isEqualTo(1);

    now += ThreadCount.QUIET_NANOS_MIN;
    tick(count, 1, USUAL, 1);
    assertThat(count.threads()).as("the quiet time is doubled").isEqualTo(1);
    now += ThreadCount.QUIET_NANOS_MIN;
    tick(count, 1, USUAL, 1);
    assertThat(count.threads()).isEqualTo(2);
  }

  @Test
  void hasOneThreadAtLeast() {
    ThreadCount count = learnt(1);
    tick(count, 1, 100 * USUAL, 50);

    assertThat(count.threads()).isEqualTo(1);
  }

  private ThreadCount learnt(int threads) {
    ThreadCount count = new ThreadCount(threads);
    tick(count, 1, USUAL, ThreadCount.LEARNING_TICKS);
    return count;
  }

  private void tick(ThreadCount count, int tokens, long took, int times) {
    for (int i = 0; i < times; i++) {
      now += took;
      count.measured(tokens, took, now);
    }
  }
}
