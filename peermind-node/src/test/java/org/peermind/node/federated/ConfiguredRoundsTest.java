// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.federated.Lesson;

class ConfiguredRoundsTest {
  private static final Lesson FIRST = new Lesson(50, 8, 256, 2_000_000, 100, 5);

  private static List<Integer> rates(int fallsOver, int rounds) {
    return LongStream.rangeClosed(1, rounds)
        .mapToObj(number -> ConfiguredRounds.lesson(FIRST, number, fallsOver).rateNano())
        .toList();
  }

  @Test
  void theRateFallsOverTheRounds_andBeginsAnew() {
    assertThat(rates(4, 6))
        .containsExactly(2_000_000, 1_500_000, 1_000_000, 500_000, 2_000_000, 1_500_000);
  }

  @Test
  void theRateStays_whenItFallsOverOneRound() {
    assertThat(rates(1, 3)).containsOnly(2_000_000);
  }

  @Test
  void onlyTheRateOfALessonChanges() {
    assertThat(ConfiguredRounds.lesson(FIRST, 1, 8)).isEqualTo(FIRST);
    assertThat(ConfiguredRounds.lesson(FIRST, 8, 8))
        .isEqualTo(new Lesson(50, 8, 256, 250_000, 100, 5));
  }

  @Test
  void noRateIsNothing_howeverLateTheRound() {
    Lesson slow = new Lesson(1, 1, 2, 1, 0, 0);

    assertThat(ConfiguredRounds.lesson(slow, Long.MAX_VALUE, 10_000).rateNano()).isEqualTo(1);
  }
}
