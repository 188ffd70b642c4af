// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.inference.child.IdleConversations.Idle;
import org.peermind.inference.internal.natives.SequenceState;
import org.peermind.protocol.Id16;
import org.peermind.testkit.Property;

/// What is kept of conversations outside the engine's context, and what is dropped first.
class IdleConversationsTest {
  private static final long BYTES_MAX = 100;

  private final IdleConversations idle = new IdleConversations(BYTES_MAX);

  @Test
  void givesWhatItKeeps_toAnEqualKeyOnce() {
    Idle kept = idle(1, 40, 0);
    idle.put(kept);

    assertThat(idle.take(new Id16(1, 2))).isEmpty();
    assertThat(idle.take(key(1))).containsSame(kept);
    assertThat(kept.state().closed()).isFalse();
    assertThat(idle.take(key(1))).isEmpty();
    assertThat(idle.bytes()).isZero();
    kept.close();
  }

  @Test
  void dropsTheLeastRecent_whenTheBytesAreSpent() {
    List<Idle> all = List.of(idle(1, 40, 0), idle(2, 40, 1), idle(3, 30, 2));
    all.forEach(idle::put);

    assertThat(all.get(0).state().closed()).isTrue();
    assertThat(idle.take(key(1))).isEmpty();
    assertThat(idle.bytes()).isEqualTo(70);
    assertThat(idle.makeRoom(60)).isTrue();
    assertThat(all.get(1).state().closed()).isTrue();
    assertThat(idle.bytes()).isEqualTo(30);
  }

  @Test
  void keepsNothingThatIsTooLarge_andDropsNothingForIt() {
    Idle small = idle(1, 40, 0);
    Idle large = idle(2, 101, 1);
    idle.put(small);
    assertThat(idle.makeRoom(101)).isFalse();
    idle.put(large);

    assertThat(large.state().closed()).isTrue();
    assertThat(idle.take(key(1))).containsSame(small);
  }

  @Test
  void keepsTheLatestOfAConversation() {
    Idle before = idle(1, 40, 0);
    Idle after = idle(1, 50, 1);
    idle.put(before);
    idle.put(after);

    assertThat(before.state().closed()).isTrue();
    assertThat(idle.bytes()).isEqualTo(50);
    assertThat(idle.take(key(1))).containsSame(after);
  }

  @Test
  void dropsWhatIsOld_andNotAMomentEarlier() {
    idle.put(idle(1, 10, 0));
    idle.put(idle(2, 10, 5));
    idle.dropExpired(IdleConversations.IDLE_NANOS_MAX);
    assertThat(idle.size()).isEqualTo(2);
    idle.dropExpired(IdleConversations.IDLE_NANOS_MAX + 1);
    assertThat(idle.size()).isEqualTo(1);
    idle.dropExpired(IdleConversations.IDLE_NANOS_MAX + 6);
    assertThat(idle.size()).isZero();
    assertThat(idle.bytes()).isZero();
  }

  @Test
  void neverKeepsMoreThanItsBytes_andClosesWhatItDrops() {
    Property.forAll(
        1,
        200,
        random -> {
          IdleConversations kept = new IdleConversations(BYTES_MAX);
          List<Idle> all = new ArrayList<>();
          for (int i = 0; i < 30; i++) {
            if (random.nextInt(4) == 0) {
              kept.take(key(random.nextInt(6))).ifPresent(Idle::close);
            } else {
              Idle next = idle(random.nextInt(6), 1 + random.nextInt(110), i);
              all.add(next);
              kept.put(next);
            }
            long open =
                all.stream()
                    .filter(each -> !each.state().closed())
                    .mapToLong(each -> each.state().byteCount())
                    .sum();
            assertThat(kept.bytes()).isEqualTo(open).isBetween(0L, BYTES_MAX);
          }
        });
  }

  @Test
  void isNothing_whenNotAllOfItWasCopied() {
    assertThat(SequenceState.of(3, 10, _ -> 9)).isEmpty();
    assertThat(SequenceState.of(3, 0, _ -> 0)).isEmpty();
  }

  @Test
  void saysNothingOfWhatWasWritten() {
    assertThat(idle(1, 10, 0).toString()).isEqualTo("Idle[2 tokens]");
  }

  private static Id16 key(int number) {
    return new Id16(0, number);
  }

  private static Idle idle(int conversation, int byteCount, long sinceNanos) {
    Optional<SequenceState> state = SequenceState.of(2, byteCount, bytes -> bytes.byteSize());
    return new Idle(key(conversation), List.of(7, 8), state.orElseThrow(), sinceNanos);
  }
}
