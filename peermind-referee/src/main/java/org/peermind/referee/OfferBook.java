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

/// Requests on their way, each with one open offer or in the [WaitingLine], and the names of
/// requests that were answered lately, so that a repeated one is not served twice.
///
/// The caller holds waiting requests to [#WAITING_MAX]; of the answered ones the last
/// [#ANSWERED_MAX] are remembered.
final class OfferBook {
  static final int WAITING_MAX = 10_000;
  static final int ANSWERED_MAX = 10_000;

  private final Map<RequestKey, Waiting> requests = new HashMap<>();
  private final LinkedHashMap<Id16, Waiting> byOffer = new LinkedHashMap<>();
  private final Map<NodeId, Set<Waiting>> byUser = new HashMap<>();
  private final LinkedHashSet<RequestKey> answered = new LinkedHashSet<>();

  /// Requests are named by their users, so two users may choose the same name.
  record RequestKey(NodeId user, Id16 request) {}

  /// A request on its way to an inferer.
  static final class Waiting {
    static final long NO_TURN = -1;

    final RefereeInput.AssignRequested input;
    final Optional<SessionTable.Job> job;
    final Instant arrived;
    final Instant deadline;

    /// Whether it waits in the prompt lane.
    final boolean prompt;

    final Set<NodeId> passed;
    int tries;
    String lastDecline = "";

    /// Its user's turn when it was last taken out of the queue.
    long turn = NO_TURN;

    /// The place in the queue that the user was told last, and when; 0 before the first.
    int toldPosition;

    Instant toldAt = Instant.MIN;

    private @Nullable Offer offer;

    Waiting(
        RefereeInput.AssignRequested input,
        Optional<SessionTable.Job> job,
        Instant arrived,
        Instant deadline,
        boolean prompt) {
      this.input = input;
      this.job = job;
      this.arrived = arrived;
      this.deadline = deadline;
      this.prompt = prompt;
      this.passed = new HashSet<>(input.excluded());
    }

    /// What it is counted under: the hash of the job's model, or the model as the user named it.
    String modelText() {
      return job.map(known -> known.model().hex()).orElseGet(input::model);
    }

    RequestKey key() {
      return new RequestKey(input.user(), input.request());
    }

    Optional<Offer> offer() {
      return Optional.ofNullable(offer);
    }
  }

  record Offer(Id16 id, Peer inferer, ModelHash model, Instant expires) {}

  @Nullable Waiting find(RequestKey key) {
    return requests.get(key);
  }

  boolean knows(RequestKey key) {
    return requests.containsKey(key) || answered.contains(key);
  }

  void add(Waiting waiting) {
    requests.put(waiting.key(), waiting);
    byUser.computeIfAbsent(waiting.input.user(), _ -> new LinkedHashSet<>()).add(waiting);
  }

  /// Takes a request out, because it was answered or its user left.
  void remove(Waiting waiting) {
    clearOffer(waiting);
    requests.remove(waiting.key());
    byUser.computeIfPresent(
        waiting.input.user(),
        (_, ofUser) -> {
          ofUser.remove(waiting);
          return ofUser.isEmpty() ? null : ofUser;
        });
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

  /// Requests of a user in the order of their arrival.
  List<Waiting> ofUser(NodeId user) {
    return List.copyOf(byUser.getOrDefault(user, Set.of()));
  }

  /// Requests of a user that continue this job.
  int waitingForJob(NodeId user, Id16 job) {
    return (int)
        byUser.getOrDefault(user, Set.of()).stream()
            .filter(waiting -> waiting.job.filter(known -> known.id().equals(job)).isPresent())
            .count();
  }

  List<Waiting> offeredTo(NodeId inferer) {
    return byOffer.values().stream()
        .filter(
            waiting ->
                waiting.offer().filter(offer -> offer.inferer.node.equals(inferer)).isPresent())
        .toList();
  }

  int waitingOf(NodeId user) {
    return byUser.getOrDefault(user, Set.of()).size();
  }

  int size() {
    return requests.size();
  }
}
