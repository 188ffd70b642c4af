// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.NodeId;
import org.peermind.testkit.Property;

/// Whose turn it is (design section 7: contributors come first, nobody is shut out for ever).
final class WaitingLineTest {
  private static final Instant NOW = Stage.START;
  private final Stage stage = new Stage(RefereeSettings.defaults());
  private final WaitingLine line = new WaitingLine();

  @Test
  void letsUsersTakeTurns_howeverManyRequestsOneHas() {
    add("ann", "a1", "a2", "a3");
    add("ben", "b1");
    add("cat", "c1", "c2");

    assertThat(names(line.inOrder())).containsExactly("a1", "b1", "c1", "a2", "c2", "a3");
    assertThat(served(6)).containsExactly("a1", "b1", "c1", "a2", "c2", "a3");
    assertThat(line.size()).isZero();
  }

  @Test
  void givesEveryFourthSlotToTheOrdinaryLane_whileBothWait() {
    add("ann", "a1", "a2");
    for (String giver : List.of("g", "h")) {
      line.add(waiting(giver, giver + "1", true));
      line.add(waiting(giver, giver + "2", true));
    }

    assertThat(names(line.inOrder())).containsExactly("g1", "h1", "g2", "a1", "h2", "a2");
    assertThat(served(6)).containsExactly("g1", "h1", "g2", "a1", "h2", "a2");
  }

  @Test
  void passesOverWhatCannotBeServed_withoutLosingItsTurn() {
    add("ann", "a1");
    add("ben", "b1", "b2");

    assertThat(next("b1")).contains("b1");
    assertThat(names(line.inOrder())).containsExactly("a1", "b2");
  }

  @Test
  void putsARequestBackWhereItWas_whenItWasOfferedInVain() {
    add("ann", "a1", "a2");
    add("ben", "b1");
    OfferBook.Waiting first = line.next(_ -> true).orElseThrow();

    line.putBack(first);

    assertThat(names(line.inOrder())).containsExactly("a1", "b1", "a2");
    assertThat(line.size()).isEqualTo(3);
  }

  @Test
  void keepsTheTurnOfWhoAsksAgain_forHalfAnHour() {
    OfferBook.Waiting impatient = waiting("ann", "a1", false);
    line.add(impatient);
    add("ben", "b1");
    line.remove(impatient, NOW);
    add("ann", "a2");
    assertThat(names(line.inOrder())).containsExactly("a2", "b1");

    line.remove(line.inOrder().getFirst(), NOW);
    line.forgetTurns(NOW.plus(WaitingLine.TURN_KEPT));
    add("ann", "a3");
    assertThat(names(line.inOrder())).containsExactly("b1", "a3");
  }

  @Test
  void namesTheLastRequestOfTheUserWithMost() {
    add("ann", "a1");
    add("ben", "b1", "b2");
    assertThat(line.lastOfTheMost().map(this::name)).contains("b2");

    assertThat(next("b2")).contains("b2");
    assertThat(line.lastOfTheMost()).isEmpty();
  }

  @Test
  void countsByModelAndByUser_likeACountOfAll() {
    Property.forAll(
        1,
        60,
        random -> {
          WaitingLine queue = new WaitingLine();
          for (int step = 0; step < 200; step++) {
            switch (random.nextInt(4)) {
              case 0, 1 ->
                  queue.add(waiting("u" + random.nextInt(5), "r" + step, random.nextInt(2) == 0));
              case 2 -> queue.next(_ -> random.nextInt(3) == 0).ifPresent(queue::putBack);
              default ->
                  queue.inOrder().stream()
                      .skip(random.nextInt(queue.size() + 1))
                      .findFirst()
                      .ifPresent(request -> queue.remove(request, NOW));
            }
            assertThat(queue.waitingFor("demo")).isEqualTo(queue.size());
            assertThat(queue.inOrder()).hasSize(queue.size());
            int most =
                queue.inOrder().stream()
                    .mapToInt(request -> queue.waitingOf(request.input.user()))
                    .max()
                    .orElse(0);
            assertThat(queue.lastOfTheMost().map(last -> queue.waitingOf(last.input.user())))
                .isEqualTo(most > 1 ? Optional.of(most) : Optional.empty());
          }
        });
  }

  /// Nobody starves: whoever arrives, leaves, floods or contributes, a user of the ordinary lane
  /// that wants something is served within four slots for each user that waited in its lane when it
  /// came.
  @Test
  void servesEveryUser_withinFourSlotsForEachThatWaitedBeforeIt() {
    Property.forAll(
        1,
        60,
        random -> {
          WaitingLine queue = new WaitingLine();
          Map<NodeId, Integer> dueIn = new HashMap<>();
          int users = 2 + random.nextInt(20);
          for (int step = 0; step < 600; step++) {
            String user = "u" + random.nextInt(users);
            boolean prompt = user.hashCode() % 3 == 0;
            NodeId id = stage.node(user);
            if (random.nextInt(3) > 0) {
              OfferBook.Waiting request = waiting(user, "r" + step, prompt);
              queue.add(request);
              if (!prompt) {
                dueIn.putIfAbsent(id, 4 * (dueIn.size() + 1));
              }
            } else if (queue.size() > 0) {
              OfferBook.Waiting next = queue.next(_ -> true).orElseThrow();
              dueIn.remove(next.input.user());
              dueIn.replaceAll((_, left) -> left - 1);
              if (!next.prompt && queue.waitingOf(next.input.user()) > 0) {
                dueIn.put(next.input.user(), 4 * (dueIn.size() + 1));
              }
              assertThat(dueIn.values()).allMatch(left -> left > 0);
            }
          }
          assertThat(queue.inOrder()).hasSize(queue.size()).doesNotHaveDuplicates();
        });
  }

  private void add(String user, String... requests) {
    for (String request : requests) {
      line.add(waiting(user, request, false));
    }
  }

  private OfferBook.Waiting waiting(String user, String request, boolean prompt) {
    return new OfferBook.Waiting(
        stage.request(user, request, "demo", Duration.ZERO, Optional.empty(), 100),
        Optional.empty(),
        NOW,
        NOW.plusSeconds(60),
        prompt);
  }

  private Optional<String> next(String only) {
    return line.next(request -> name(request).equals(only)).map(this::name);
  }

  private List<String> served(int count) {
    List<String> served = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      line.next(_ -> true).map(this::name).ifPresent(served::add);
    }
    return served;
  }

  private List<String> names(List<OfferBook.Waiting> requests) {
    return requests.stream().map(this::name).toList();
  }

  private String name(OfferBook.Waiting request) {
    return stage.name(request.input.request());
  }
}
