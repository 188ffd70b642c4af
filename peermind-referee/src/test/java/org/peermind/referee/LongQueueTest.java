// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A queue that is gone through only when something became free.
final class LongQueueTest {
  private static final int MANY = 300;

  private final Stage stage =
      Stage.settled(RefereeSettings.defaults().withSlotsPerInferer(10).withFairness(1_000, MANY));

  @Test
  void tellsThePlaceAtOnce_orAtTheNextTickWhenManyWait() {
    stage.sunny("sun", 1);
    for (int i = 0; i < MANY; i++) {
      stage.attachUser("u" + i);
    }
    stage.assigned("u0", "first");
    for (int i = 0; i < MANY - 1; i++) {
      List<RefereeEffect> effects = stage.queue("u" + i, "r" + i);
      assertThat(Stage.only(effects, RefereeEffect.Queued.class)).hasSize(i < 256 ? 1 : 0);
    }

    List<RefereeEffect.Queued> told = Stage.only(stage.tick(), RefereeEffect.Queued.class);

    assertThat(told)
        .extracting(RefereeEffect.Queued::request)
        .contains(stage.id("r256"), stage.id("r298"));
  }

  /// Every user's node excludes itself; that must not make each need another one.
  @Test
  void servesInOrder_whenASlotBecomesFree_alsoWhoExcludesItself() {
    stage.sunny("sun", 1);
    List.of("ann", "ben", "cat").forEach(stage::attachUser);
    stage.assigned("ann", "a1");
    queueWithout("ben", "b1", "ben");
    queueWithout("cat", "c1", "cat");

    List<RefereeEffect> effects = stage.end("a1.session", "sun", 10);

    assertThat(Stage.only(effects, RefereeEffect.SendOffer.class))
        .extracting(RefereeEffect.SendOffer::offer)
        .containsExactly(stage.id("b1.offer1"));
  }

  @Test
  void asksWhoDeclined_twoSecondsLater_whateverComesIn() {
    stage.sunny("sun", 2);
    stage.attachUser("ann");
    stage.queue("ann", "a1");
    assertThat(Stage.only(stage.decline("a1.offer1", "sun", "Busy."), RefereeEffect.Queued.class))
        .hasSize(1);

    stage.now = stage.now.plusMillis(1_999);
    assertThat(stage.attachUser("ben")).isEmpty();
    stage.now = stage.now.plusMillis(1);

    assertThat(stage.offeredTo(stage.attachUser("cat"))).isEqualTo("sun");
  }

  private void queueWithout(String user, String request, String excluded) {
    List<RefereeEffect> effects =
        stage.give(
            stage.request(
                user,
                request,
                "demo",
                Duration.ofMinutes(1),
                Optional.empty(),
                100,
                new Stage.Wishes(Optional.empty(), true, Optional.empty()),
                excluded));
    assertThat(Stage.only(effects, RefereeEffect.Queued.class)).hasSize(1);
  }
}
