// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;

/// A standby referee between the death of the home and the reports of its inferers (ADR 0011).
final class HomeMoveTest {
  private final Stage stage = Stage.settled();

  @BeforeEach
  void sunIsHomedAtNorth() {
    stage.attach("north", Stage.HOME, Role.REFEREE);
    stage.attachUser("ann");
    stage.attachInferer("sun");
    stage.report("sun", new Sketch().slots(1, 1).homedAt(stage.node("north")));
  }

  @Test
  void letsAQuestionWait_untilTheInfererOfTheLostHomeReports() {
    stage.detach("north");

    List<RefereeEffect> effects = stage.queue("ann", "r1");

    assertThat(Stage.only(effects, RefereeEffect.Queued.class)).hasSize(1);
    assertThat(stage.offeredTo(stage.report("sun", new Sketch().slots(1, 1)))).isEqualTo("sun");
  }

  @Test
  void refusesAQuestionThatMayNotWait_andSaysThatItMayAskAgain() {
    stage.detach("north");

    RefereeEffect.Refuse refusal = Stage.refusal(stage.ask("ann", "r1"));

    assertThat(refusal.code()).isEqualTo(RefusalCode.NO_CAPACITY);
    assertThat(refusal.sentence()).contains("changing to another referee");
  }

  @Test
  void refusesAtOnce_whileTheHomeIsThere() {
    assertThat(Stage.refusal(stage.queue("ann", "r1")).sentence()).contains("another referee");
  }

  @Test
  void waitsTenSecondsForTheInferer_andNotLonger() {
    stage.detach("north");
    stage.queue("ann", "r1");

    assertThat(Stage.only(stage.after(Duration.ofMillis(9_999)), RefereeEffect.Refuse.class))
        .isEmpty();
    assertThat(Stage.refusal(stage.after(Duration.ofMillis(1))).sentence())
        .contains("another referee of the network assigns them");
    assertThat(Stage.refusal(stage.queue("ann", "r2")).retryAfterSeconds()).isEqualTo(5);
  }

  @Test
  void refusesWhoWaits_whenTheHomeIsBack() {
    stage.detach("north");
    stage.queue("ann", "r1");
    stage.attach("north", Stage.HOME, Role.REFEREE);

    assertThat(Stage.refusal(stage.after(Duration.ofSeconds(1))).request())
        .isEqualTo(stage.id("r1"));
  }
}
