// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.peermind.node.evaluation.QuietSlots;

class SlotsTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Slots slots = new Slots(1);

  @Test
  void givesAFreeSlotToWhoeverAsks_withoutAskingAnybodyToLeave() throws Exception {
    slots.onOwnerWaiting(
        () -> {
          throw new AssertionError("nobody has to leave");
        });
    assertThat(slots.takeForOwner(LONG)).isTrue();
    assertThat(slots.free()).isZero();
    assertThat(slots.take()).isFalse();
    slots.giveBack();
    assertThat(slots.take()).isTrue();
  }

  @Test
  void hasABorrowedAnswerLeave_andGivesItsSlotToTheOwner() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    slots.onOwnerWaiting(
        () -> {
          asked.countDown();
          return true;
        });
    assertThat(slots.take()).isTrue();
    FutureTask<Boolean> owner = new FutureTask<>(() -> slots.takeForOwner(LONG));
    Thread.ofVirtual().start(owner);
    asked.await();
    assertThat(slots.take()).isFalse();
    slots.giveBack();
    assertThat(owner.get()).isTrue();
    assertThat(slots.take()).isFalse();
    slots.giveBack();
    assertThat(slots.free()).isEqualTo(1);
  }

  @Test
  void keepsNothingBackForTheOwner_whenNoAnswerIsBorrowed() throws Exception {
    assertThat(slots.takeForOwner(LONG)).isTrue();
    assertThat(slots.takeForOwner(LONG)).isFalse();
    slots.giveBack();
    assertThat(slots.take()).isTrue();
  }

  @Test
  void stopsWaiting_whenNobodyLeavesInTime() throws Exception {
    slots.onOwnerWaiting(() -> true);
    assertThat(slots.take()).isTrue();
    assertThat(slots.takeForOwner(Duration.ofMillis(1))).isFalse();
    slots.giveBack();
    assertThat(slots.free()).isEqualTo(1);
  }

  @Test
  void holdsAllSlotsForAnEvaluation_onlyWhileNobodyIsAnswered() throws Exception {
    Slots several = new Slots(2);
    assertThat(several.take()).isTrue();
    assertThat(several.isBusy()).isTrue();
    assertThat(several.takeAll(Duration.ZERO)).isEmpty();
    several.giveBack();
    QuietSlots.Hold hold = several.takeAll(Duration.ZERO).orElseThrow();
    assertThat(several.isBusy()).isFalse();
    assertThat(several.free()).isZero();
    assertThat(several.take()).isFalse();
    assertThat(several.takeAll(Duration.ZERO)).isEmpty();
    hold.close();
    hold.close();
    assertThat(several.free()).isEqualTo(2);
    assertThat(several.take()).isTrue();
  }

  @Test
  void givesTheEvaluationItsHold_whenTheLastAnswerEnds() throws Exception {
    assertThat(slots.take()).isTrue();
    FutureTask<Boolean> quiet = new FutureTask<>(() -> slots.takeAll(LONG).isPresent());
    Thread.ofVirtual().start(quiet);
    slots.giveBack();
    assertThat(quiet.get()).isTrue();
    assertThat(slots.take()).isFalse();
  }

  @Test
  void takesTheHoldFromTheEvaluation_whenTheOwnerAsks() throws Exception {
    QuietSlots.Hold hold = slots.takeAll(Duration.ZERO).orElseThrow();
    assertThat(slots.takeForOwner(Duration.ZERO)).isTrue();
    assertThat(slots.isBusy()).isTrue();
    hold.close();
    assertThat(slots.free()).isZero();
    slots.giveBack();
    assertThat(slots.free()).isEqualTo(1);
  }
}
