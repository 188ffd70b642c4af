// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SilenceTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void addsUp_whileNothingIsHeard() {
    Silence silence = new Silence(0);
    for (int i = 1; i <= 10; i++) {
      assertThat(silence.at(i * SECOND, 0)).isEqualTo(Duration.ofSeconds(i));
    }
  }

  @Test
  void beginsAgain_whenSomethingIsHeard() {
    Silence silence = new Silence(0);
    silence.at(SECOND, 0);

    assertThat(silence.at(10 * SECOND, 10 * SECOND - 5)).isEqualTo(Duration.ofNanos(5));
  }

  @Test
  void countsNoTimeInWhichTheNodeItselfStoodStill() {
    Silence silence = new Silence(0);
    silence.at(SECOND, 0);

    assertThat(silence.at(100 * SECOND, 0))
        .isEqualTo(Silence.COUNTED_MAX.plus(Duration.ofSeconds(1)));
  }
}
