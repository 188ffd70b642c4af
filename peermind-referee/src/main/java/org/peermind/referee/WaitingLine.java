// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.peermind.protocol.NodeId;

/// The fair queue of requests that wait for a slot (design section 7).
///
/// Two lanes: those who contribute, who continue an answer or who bring a lease along are in the
/// prompt lane, all others in the ordinary one. Within a lane users take turns, one request each,
/// however many each of them has waiting. While both lanes wait, the ordinary one gets every fourth
/// slot at least, so that nobody is shut out for ever: of `n` users in the ordinary lane, each is
/// served within `4 n` slots that it could use.
///
/// The caller holds the length to [RefereeSettings#queueMax()].
final class WaitingLine {
  /// Slots that go to the prompt lane before the ordinary one gets one.
  static final int PROMPT_RUN_MAX = 3;

  private final Lane prompt = new Lane();
  private final Lane ordinary = new Lane();

  /// Requests of the prompt lane that were served since the ordinary lane was.
  private int promptRun;

  private int size;

  /// Users in the order of their turns, with the requests of each in the order of arrival.
  private static final class Lane {
    final LinkedHashMap<NodeId, Deque<OfferBook.Waiting>> users = new LinkedHashMap<>();

    Optional<OfferBook.Waiting> take(Predicate<OfferBook.Waiting> servable) {
      for (Map.Entry<NodeId, Deque<OfferBook.Waiting>> user : users.entrySet()) {
        Iterator<OfferBook.Waiting> requests = user.getValue().iterator();
        while (requests.hasNext()) {
          OfferBook.Waiting request = requests.next();
          if (servable.test(request)) {
            requests.remove();
            passTurn(user.getKey());
            return Optional.of(request);
          }
        }
      }
      return Optional.empty();
    }

    private void passTurn(NodeId user) {
      Deque<OfferBook.Waiting> requests = users.remove(user);
      if (requests != null && !requests.isEmpty()) {
        users.putLast(user, requests);
      }
    }

    boolean remove(OfferBook.Waiting request) {
      NodeId user = request.input.user();
      Deque<OfferBook.Waiting> requests = users.get(user);
      boolean removed = requests != null && requests.remove(request);
      if (requests != null && requests.isEmpty()) {
        users.remove(user);
      }
      return removed;
    }

    /// All requests in the order in which they would be served.
    List<OfferBook.Waiting> inOrder() {
      List<OfferBook.Waiting> order = new ArrayList<>();
      List<Iterator<OfferBook.Waiting>> turns = new ArrayList<>();
      users.values().forEach(requests -> turns.add(requests.iterator()));
      while (!turns.isEmpty()) {
        turns.removeIf(requests -> !requests.hasNext());
        turns.forEach(requests -> order.add(requests.next()));
      }
      return order;
    }
  }

  /// Lets a request wait behind the others of its user.
  void add(OfferBook.Waiting request) {
    lane(request)
        .users
        .computeIfAbsent(request.input.user(), _ -> new ArrayDeque<>())
        .addLast(request);
    size++;
  }

  boolean remove(OfferBook.Waiting request) {
    boolean removed = lane(request).remove(request);
    size -= removed ? 1 : 0;
    return removed;
  }

  /// Takes out the request whose turn it is among those that can be served now.
  Optional<OfferBook.Waiting> next(Predicate<OfferBook.Waiting> servable) {
    boolean ordinaryFirst = promptRun >= PROMPT_RUN_MAX;
    Optional<OfferBook.Waiting> next =
        ordinaryFirst
            ? ordinary.take(servable).or(() -> prompt.take(servable))
            : prompt.take(servable).or(() -> ordinary.take(servable));
    if (next.isPresent()) {
      size--;
      boolean countsAgainstOrdinary = next.get().prompt && !ordinary.users.isEmpty();
      promptRun = countsAgainstOrdinary ? Math.min(promptRun + 1, PROMPT_RUN_MAX) : 0;
    }
    return next;
  }

  /// All requests in the order in which they would be served if each slot could serve each.
  List<OfferBook.Waiting> inOrder() {
    List<OfferBook.Waiting> order = new ArrayList<>(size);
    Iterator<OfferBook.Waiting> prompts = prompt.inOrder().iterator();
    Iterator<OfferBook.Waiting> others = ordinary.inOrder().iterator();
    int run = promptRun;
    while (prompts.hasNext() || others.hasNext()) {
      boolean ordinaryNext = others.hasNext() && (!prompts.hasNext() || run >= PROMPT_RUN_MAX);
      order.add(ordinaryNext ? others.next() : prompts.next());
      run = ordinaryNext ? 0 : run + 1;
    }
    return order;
  }

  int waitingOf(NodeId user) {
    return waitingIn(prompt, user) + waitingIn(ordinary, user);
  }

  private static int waitingIn(Lane lane, NodeId user) {
    Deque<OfferBook.Waiting> requests = lane.users.get(user);
    return requests == null ? 0 : requests.size();
  }

  int size() {
    return size;
  }

  private Lane lane(OfferBook.Waiting request) {
    return request.prompt ? prompt : ordinary;
  }
}
