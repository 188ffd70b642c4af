// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.NodeId;

/// The ratio of users to inferers (spec section 7).
final class UserSlotsTest {
  private static final Instant NOW = Stage.START;
  private static final Duration LEASE = Duration.ofMinutes(10);
  private final Stage names = new Stage(RefereeSettings.defaults());
  private final UserSlots slots = new UserSlots(5, LEASE);

  @Test
  void admitsFiveUsersForEachActiveInferer_andNoMore() {
    assertThat(slots.admit(user(0), NOW)).isFalse();
    activate("one");
    activate("two");
    for (int i = 0; i < 10; i++) {
      assertThat(slots.admit(user(i), NOW)).isTrue();
    }

    assertThat(slots.admit(user(10), NOW)).isFalse();
    assertThat(slots.admit(user(3), NOW)).isTrue();
    assertThat(slots.users()).isEqualTo(10);
    assertThat(slots.slots()).isEqualTo(10);
  }

  @Test
  void movesLeases_whenTheirInfererLeavesAndAnotherHasRoom() {
    activate("one");
    activate("two");
    for (int i = 0; i < 5; i++) {
      slots.admit(user(i), NOW);
    }

    slots.deactivate(names.node("one"), _ -> false);

    assertThat(slots.users()).isEqualTo(5);
    assertThat(slots.admit(user(5), NOW)).isFalse();
  }

  @Test
  void keepsUsersWithRunningAnswersFirst_thenThoseWhoAskedLast_whenRoomIsShort() {
    activate("one");
    activate("two");
    for (int i = 0; i < 10; i++) {
      slots.admit(user(i), NOW.plusSeconds(i));
    }
    Set<NodeId> running = Set.of(user(0), user(1));

    slots.deactivate(names.node("one"), running::contains);
    slots.deactivate(names.node("two"), running::contains);
    assertThat(slots.users()).isZero();

    activate("three");
    for (int i = 0; i < 5; i++) {
      slots.admit(user(i), NOW.plusSeconds(20 + i));
    }
    activate("four");
    slots.admit(user(9), NOW.plusSeconds(30));
    slots.deactivate(names.node("three"), running::contains);

    assertThat(slots.users()).isEqualTo(5);
    Instant later = NOW.plusSeconds(40);
    assertThat(slots.admit(user(0), later)).isTrue();
    assertThat(slots.admit(user(1), later)).isTrue();
    assertThat(slots.admit(user(4), later)).isTrue();
    assertThat(slots.admit(user(9), later)).isTrue();
    assertThat(slots.admit(user(2), later)).isFalse();
  }

  @Test
  void letsALeaseLapse_tenMinutesAfterItsUserLastAsked() {
    activate("one");
    slots.admit(user(0), NOW);
    slots.admit(user(0), NOW.plusSeconds(60));

    slots.lapse(NOW.plusSeconds(659), _ -> false);
    assertThat(slots.users()).isEqualTo(1);
    assertThat(slots.nextLapse()).contains(NOW.plusSeconds(660));
    slots.lapse(NOW.plusSeconds(660), _ -> false);
    assertThat(slots.users()).isZero();
    assertThat(slots.nextLapse()).isEmpty();
  }

  @Test
  void renewsALease_whileAnAnswerRuns() {
    activate("one");
    slots.admit(user(0), NOW);

    slots.lapse(NOW.plus(LEASE), _ -> true);

    assertThat(slots.nextLapse()).contains(NOW.plus(LEASE).plus(LEASE));
  }

  @Test
  void takesBackOnlyProvisionalLeases() {
    activate("one");
    slots.admit(user(0), NOW);
    slots.admit(user(1), NOW);
    slots.confirm(user(1), NOW);

    slots.takeBackIfProvisional(user(0));
    slots.takeBackIfProvisional(user(1));

    assertThat(slots.users()).isEqualTo(1);
    for (int i = 2; i < 6; i++) {
      assertThat(slots.admit(user(i), NOW)).isTrue();
    }
    assertThat(slots.admit(user(6), NOW)).isFalse();
  }

  @Test
  void makesWhoHeldASlotLongestHandItOn_whenOthersWait() {
    activate("one");
    for (int i = 0; i < 5; i++) {
      slots.admit(user(i), NOW.plusSeconds(i));
    }
    Instant later = NOW.plus(LEASE).plusSeconds(1);
    for (int i = 0; i < 5; i++) {
      slots.admit(user(i), later.minusSeconds(60));
    }

    slots.turnOver(3, later);

    assertThat(slots.admit(user(0), later)).as("held for a whole lease").isFalse();
    assertThat(slots.hasRoomFor(user(1))).isFalse();
    assertThat(slots.admit(user(2), later)).as("held for less").isTrue();
    slots.lapse(later, user(0)::equals);
    assertThat(slots.users()).as("a running answer keeps its slot").isEqualTo(4);
    slots.turnOver(0, later);
    assertThat(slots.admit(user(0), later)).isTrue();
  }

  @Test
  void honoursALeaseOfAnotherReferee_onlyForAFreeSlotOfItsInferer_inTime() {
    activate("one");
    activate("two");
    slots.honour(user(0), lease("two", NOW.plusSeconds(1)), NOW);
    assertThat(slots.leaseOf(user(0))).contains(lease("two", NOW.plus(LEASE)));

    slots.honour(user(1), lease("two", NOW), NOW);
    slots.honour(user(1), lease("two", NOW.plus(Duration.ofMinutes(13))), NOW);
    slots.honour(user(1), lease("three", NOW.plusSeconds(1)), NOW);
    assertThat(slots.holds(user(1))).isFalse();

    for (int i = 1; i < 9; i++) {
      slots.honour(user(i), lease("two", NOW.plusSeconds(1)), NOW);
    }
    assertThat(slots.users()).as("never more than its five slots").isEqualTo(5);
  }

  private RefereeInput.Lease lease(String inferer, Instant until) {
    return new RefereeInput.Lease(names.node(inferer), until);
  }

  private void activate(String inferer) {
    slots.activate(names.node(inferer));
  }

  private NodeId user(int number) {
    return names.node("user" + number);
  }
}
