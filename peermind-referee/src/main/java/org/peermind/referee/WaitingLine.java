// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.peermind.protocol.NodeId;

/// The fair queue of requests that wait for a slot (design section 7).
///
/// Two lanes: those who contribute, who continue an answer or who bring a lease along are in the
/// prompt lane, all others in the ordinary one. Within a lane users take turns, one request each,
/// however many each of them has waiting. While both lanes wait, the ordinary one gets every fourth
/// slot at least. A user whose request leaves unserved keeps its turn for [#TURN_KEPT], so that who
/// asks again and again comes first at last. So nobody is shut out for ever: of `n` users in the
/// ordinary lane, each is served within `4 n` slots that it could use.
///
/// The caller holds the length to [RefereeSettings#queueMax()]; of kept turns there are at most
/// [#TURNS_KEPT_MAX].
final class WaitingLine {
  /// Slots that go to the prompt lane before the ordinary one gets one.
  static final int PROMPT_RUN_MAX = 3;

  static final Duration TURN_KEPT = Duration.ofMinutes(30);
  static final int TURNS_KEPT_MAX = 10_000;

  private final Lane prompt = new Lane();
  private final Lane ordinary = new Lane();

  /// Requests of the prompt lane that were served since the ordinary lane was.
  private int promptRun;

  private int size;

  private final Map<String, Integer> countByModel = new HashMap<>();

  /// Users by the number of their requests in both lanes; who came to that number first is first.
  private final TreeMap<Integer, LinkedHashSet<NodeId>> usersByCount = new TreeMap<>();

  /// A user's requests in the order of their arrival.
  ///
  /// @param turn the user with the lowest one is served first
  private record Waiter(NodeId user, long turn, Deque<OfferBook.Waiting> requests) {}

  private record KeptTurn(long turn, Instant until) {}

  /// Users in the order of their turns.
  private static final class Lane {
    private final TreeMap<Long, Waiter> byTurn = new TreeMap<>();
    private final Map<NodeId, Waiter> byUser = new HashMap<>();
    private final LinkedHashMap<NodeId, KeptTurn> keptTurns = new LinkedHashMap<>();
    private long nextTurn;

    void add(OfferBook.Waiting request) {
      NodeId user = request.input.user();
      Waiter waiter = byUser.get(user);
      if (waiter == null) {
        KeptTurn kept = keptTurns.remove(user);
        waiter = put(user, kept == null ? nextTurn++ : kept.turn, new ArrayDeque<>());
      }
      waiter.requests.addLast(request);
    }

    private Waiter put(NodeId user, long turn, Deque<OfferBook.Waiting> requests) {
      Waiter waiter = new Waiter(user, turn, requests);
      byTurn.put(turn, waiter);
      byUser.put(user, waiter);
      return waiter;
    }

    Optional<OfferBook.Waiting> take(Predicate<OfferBook.Waiting> servable) {
      for (Waiter waiter : byTurn.values()) {
        Iterator<OfferBook.Waiting> requests = waiter.requests.iterator();
        while (requests.hasNext()) {
          OfferBook.Waiting request = requests.next();
          if (servable.test(request)) {
            requests.remove();
            request.turn = waiter.turn;
            byTurn.remove(waiter.turn);
            byUser.remove(waiter.user);
            if (!waiter.requests.isEmpty()) {
              put(waiter.user, nextTurn++, waiter.requests);
            }
            return Optional.of(request);
          }
        }
      }
      return Optional.empty();
    }

    /// Takes a request back that was taken out in vain, at its user's former turn.
    void putBack(OfferBook.Waiting request) {
      NodeId user = request.input.user();
      Waiter later = byUser.remove(user);
      long turn = request.turn;
      Deque<OfferBook.Waiting> requests = new ArrayDeque<>();
      if (later != null) {
        byTurn.remove(later.turn);
        turn = Math.min(turn, later.turn);
        requests = later.requests;
      }
      requests.addFirst(request);
      put(user, turn, requests);
    }

    boolean remove(OfferBook.Waiting request, Instant now) {
      NodeId user = request.input.user();
      Waiter waiter = byUser.get(user);
      if (waiter == null || !waiter.requests.remove(request)) {
        return false;
      }
      if (waiter.requests.isEmpty()) {
        byTurn.remove(waiter.turn);
        byUser.remove(user);
        keptTurns.putLast(user, new KeptTurn(waiter.turn, now.plus(TURN_KEPT)));
        if (keptTurns.size() > TURNS_KEPT_MAX) {
          keptTurns.pollFirstEntry();
        }
      }
      return true;
    }

    /// All requests in the order in which they would be served.
    List<OfferBook.Waiting> inOrder() {
      List<OfferBook.Waiting> order = new ArrayList<>();
      List<Iterator<OfferBook.Waiting>> turns = new ArrayList<>();
      byTurn.values().forEach(waiter -> turns.add(waiter.requests.iterator()));
      while (!turns.isEmpty()) {
        turns.removeIf(requests -> !requests.hasNext());
        turns.forEach(requests -> order.add(requests.next()));
      }
      return order;
    }

    int waitingOf(NodeId user) {
      Waiter waiter = byUser.get(user);
      return waiter == null ? 0 : waiter.requests.size();
    }

    Optional<OfferBook.Waiting> lastOf(NodeId user) {
      return Optional.ofNullable(byUser.get(user)).map(waiter -> waiter.requests.getLast());
    }

    void forgetTurns(Instant now) {
      while (!keptTurns.isEmpty() && !now.isBefore(keptTurns.firstEntry().getValue().until)) {
        keptTurns.pollFirstEntry();
      }
    }
  }

  /// Lets a request wait behind the others of its user.
  void add(OfferBook.Waiting request) {
    lane(request).add(request);
    count(request, 1);
  }

  /// Lets a request wait on that was taken out and offered in vain: it is its user's turn again.
  void putBack(OfferBook.Waiting request) {
    if (request.turn == OfferBook.Waiting.NO_TURN) {
      add(request);
    } else {
      lane(request).putBack(request);
      count(request, 1);
    }
  }

  /// Takes out a request that was not served.
  boolean remove(OfferBook.Waiting request, Instant now) {
    boolean removed = lane(request).remove(request, now);
    if (removed) {
      count(request, -1);
    }
    return removed;
  }

  /// Keeps the counts right after a request came or went.
  private void count(OfferBook.Waiting request, int change) {
    size += change;
    countByModel.merge(
        request.modelText(), change, (before, by) -> before + by == 0 ? null : before + by);
    NodeId user = request.input.user();
    int now = waitingOf(user);
    usersByCount.computeIfPresent(
        now - change,
        (_, users) -> {
          users.remove(user);
          return users.isEmpty() ? null : users;
        });
    if (now > 0) {
      usersByCount.computeIfAbsent(now, _ -> new LinkedHashSet<>()).add(user);
    }
  }

  /// Takes out the request whose turn it is among those that can be served now.
  Optional<OfferBook.Waiting> next(Predicate<OfferBook.Waiting> servable) {
    boolean ordinaryFirst = promptRun >= PROMPT_RUN_MAX;
    Optional<OfferBook.Waiting> next =
        ordinaryFirst
            ? ordinary.take(servable).or(() -> prompt.take(servable))
            : prompt.take(servable).or(() -> ordinary.take(servable));
    if (next.isPresent()) {
      count(next.get(), -1);
      boolean beforeOrdinary = next.get().prompt && !ordinary.byTurn.isEmpty();
      promptRun = beforeOrdinary ? Math.min(promptRun + 1, PROMPT_RUN_MAX) : 0;
    }
    return next;
  }

  /// The users whose turn it is in either lane, that of the lane first which is served first.
  List<NodeId> firstUsers() {
    List<NodeId> first = new ArrayList<>(2);
    for (Lane lane :
        promptRun >= PROMPT_RUN_MAX ? List.of(ordinary, prompt) : List.of(prompt, ordinary)) {
      if (!lane.byTurn.isEmpty()) {
        first.add(lane.byTurn.firstEntry().getValue().user);
      }
    }
    return first;
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

  /// The last request of the user with the most of them, if any user has more than one.
  Optional<OfferBook.Waiting> lastOfTheMost() {
    if (usersByCount.isEmpty() || usersByCount.lastKey() == 1) {
      return Optional.empty();
    }
    NodeId user = usersByCount.lastEntry().getValue().getFirst();
    return ordinary.lastOf(user).or(() -> prompt.lastOf(user));
  }

  /// Requests that wait for this model, by [OfferBook.Waiting#modelText].
  int waitingFor(String modelText) {
    return countByModel.getOrDefault(modelText, 0);
  }

  int waitingOf(NodeId user) {
    return prompt.waitingOf(user) + ordinary.waitingOf(user);
  }

  void forgetTurns(Instant now) {
    prompt.forgetTurns(now);
    ordinary.forgetTurns(now);
  }

  int size() {
    return size;
  }

  private Lane lane(OfferBook.Waiting request) {
    return request.prompt ? prompt : ordinary;
  }
}
