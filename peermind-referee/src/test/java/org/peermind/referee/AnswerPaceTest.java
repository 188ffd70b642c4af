// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.ModelHash;

/// How long a waiting user is told that it will take.
final class AnswerPaceTest {
  private static final List<ModelHash> DEMO = List.of(Sketch.DEMO);
  private final AnswerPace pace = new AnswerPace();

  @Test
  void assumesTwentySeconds_beforeAnyAnswerEnded() {
    assertThat(pace.expectedWait(DEMO, 3, 4)).isEqualTo(Duration.ofSeconds(15));
    assertThat(pace.expectedWait(List.of(), 1, 0)).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void followsTheAnswersOfTheModel_aFifthAtATime() {
    pace.answered(Sketch.DEMO, Duration.ofSeconds(10));
    pace.answered(Sketch.DEMO, Duration.ofSeconds(20));
    pace.answered(new ModelHash("a".repeat(64)), Duration.ofSeconds(100));

    assertThat(pace.expectedWait(DEMO, 1, 1)).isEqualTo(Duration.ofSeconds(12));
  }

  @Test
  void tellsAnHourAtMost() {
    assertThat(pace.expectedWait(DEMO, 5_000, 1)).isEqualTo(Duration.ofHours(1));
  }
}
