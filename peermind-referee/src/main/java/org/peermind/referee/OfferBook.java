// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;

/// Requests that wait for an inferer's answer, each with one open offer, and the names of requests
/// that were answered lately, so that a repeated one is not served twice.
///
/// The caller holds waiting requests to [#WAITING_MAX]; of the answered ones the last
/// [#ANSWERED_MAX] are remembered.
final class OfferBook {
  static final int WAITING_MAX = 10_000;
  static final int ANSWERED_MAX = 10_000;

  private final Map<RequestKey, Waiting> requests = new HashMap<>();
  private final LinkedHashMap<Id16, Waiting> byOffer = new LinkedHashMap<>();
  private final Map<NodeId, Integer> waitingByUser = new HashMap<>();
  private final LinkedHashSet<RequestKey> answered = new LinkedHashSet<>();

  /// Requests are named by their users, so two users may choose the same name.
  record RequestKey(NodeId user, Id16 request) {}

  /// A request on its way to an inferer.
  static final class Waiting {
    final RefereeInput.AssignRequested input;
    final Optional<SessionTable.Job> job;
    final Instant deadline;
    final Set<NodeId> passed;
    int tries;
    String lastDecline = "";
    private @Nullable Offer offer;

    Waiting(RefereeInput.AssignRequested input, Optional<SessionTable.Job> job, Instant deadline) {
      this.input = input;
      this.job = job;
      this.deadline = deadline;
      this.passed = new HashSet<>(input.excluded());
    }

    RequestKey key() {
      return new RequestKey(input.user(), input.request());
    }

    Optional<Offer> offer() {
      return Optional.ofNullable(offer);
    }
  }

  record Offer(Id16 id, Peer inferer, ModelHash model, Instant expires) {}

  boolean knows(RequestKey key) {
    return requests.containsKey(key) || answered.contains(key);
  }

  void add(Waiting waiting) {
    requests.put(waiting.key(), waiting);
    waitingByUser.merge(waiting.input.user(), 1, Integer::sum);
  }

  /// Takes a request out, because it was answered or its user left.
  void remove(Waiting waiting) {
    clearOffer(waiting);
    requests.remove(waiting.key());
    waitingByUser.computeIfPresent(
        waiting.input.user(), (_, count) -> count == 1 ? null : count - 1);
    remember(waiting.key());
  }

  void remember(RequestKey key) {
    answered.addLast(key);
    if (answered.size() > ANSWERED_MAX) {
      answered.removeFirst();
    }
  }

  void setOffer(Waiting waiting, Offer offer) {
    waiting.offer = offer;
    byOffer.put(offer.id, waiting);
  }

  void clearOffer(Waiting waiting) {
    waiting.offer().ifPresent(offer -> byOffer.remove(offer.id));
    waiting.offer = null;
  }

  @Nullable Waiting findByOffer(Id16 offer) {
    return byOffer.get(offer);
  }

  /// Requests whose open offer was not answered in time, in the order in which they were offered.
  List<Waiting> expired(Instant now) {
    List<Waiting> expired = new ArrayList<>();
    for (Waiting waiting : byOffer.values()) {
      if (waiting.offer().filter(offer -> !now.isBefore(offer.expires)).isPresent()) {
        expired.add(waiting);
      }
    }
    return expired;
  }

  List<Waiting> ofUser(NodeId user) {
    return byOffer.values().stream().filter(waiting -> waiting.input.user().equals(user)).toList();
  }

  List<Waiting> offeredTo(NodeId inferer) {
    return byOffer.values().stream()
        .filter(
            waiting ->
                waiting.offer().filter(offer -> offer.inferer.node.equals(inferer)).isPresent())
        .toList();
  }

  int waitingOf(NodeId user) {
    return waitingByUser.getOrDefault(user, 0);
  }

  int size() {
    return requests.size();
  }
}
