// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
  /// Trust facts 1.3: three windows of at least 60 s when there are days.
  @ParameterizedTest
  @CsvSource({
    "PT1S, 2, PT0.25S",
    "PT2M, 2, PT0.8S",
    "PT5M, 2, PT2S",
    "PT29M, 2, PT11.6S",
    "PT30M, 3, PT8S",
    "PT4H, 3, PT1M",
    "P5D, 3, PT1M",
    "P366D, 3, PT1M"
  })
  void measuresLongerAndMoreOften_whenThereIsMoreTime(
      Duration within, int rounds, Duration window) {
    Schedule schedule = Schedule.of(within, 0, 1, 200);

    assertThat(schedule.rounds()).isEqualTo(rounds);
    assertThat(schedule.window()).isEqualTo(window);
    assertThat(schedule.warmUp()).isEqualTo(window);
  }

  @Test
  void givesEachVoterItsTurn_inTheFirstPartOfTheTime() {
    Duration within = Duration.ofMinutes(10);

    assertThat(Schedule.of(within, 0, 3, 20).speedAfter()).isZero();
    assertThat(Schedule.of(within, 1, 3, 20).speedAfter()).isEqualTo(Duration.ofSeconds(80));
    assertThat(Schedule.of(within, 2, 3, 20).speedAfter()).isEqualTo(Duration.ofSeconds(160));
    assertThat(Schedule.of(within, 5, 3, 20).speedAfter()).isEqualTo(Duration.ofSeconds(160));
  }

  /// A node that answers users all the time still comes to its end.
  @ParameterizedTest
  @CsvSource({"PT20S, 200", "PT2M, 200", "PT5M, 4096", "P5D, 300", "P366D, 1"})
  void leavesTimeForTheItems_whenEveryWaitIsUsedUp(Duration within, int items) {
    Schedule schedule = Schedule.of(within, 2, 3, items);
    int windows = schedule.rounds() * 6;
    Duration used =
        schedule
            .speedAfter()
            .plus(schedule.window().plus(schedule.quietPatience()).multipliedBy(windows))
            .plus(schedule.warmUp().multipliedBy(2))
            .plus(schedule.courtesy().multipliedBy(2L * items));

    assertThat(used).isLessThan(within.multipliedBy(8).dividedBy(10));
  }
}
