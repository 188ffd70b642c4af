// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
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

/// The answers that run, and the jobs that they belong to.
///
/// A session ends at the latest when its ticket's lifetime and the longest answer are over; a job
/// may be continued for as long after its first ticket. The caller holds sessions to
/// [RefereeSettings#sessionsMax()]; the oldest jobs are forgotten beyond [#JOBS_MAX].
final class SessionTable {
  static final int JOBS_MAX = 50_000;

  private final Duration ticketLifetime;
  private final Duration lifetime;
  private final LinkedHashMap<Id16, Session> sessions = new LinkedHashMap<>();
  private final Map<NodeId, Set<Session>> byUser = new HashMap<>();
  private final Map<NodeId, Set<Session>> byInferer = new HashMap<>();
  private final LinkedHashMap<Id16, Job> jobs = new LinkedHashMap<>();
  private final Map<Id16, Integer> sessionsOpenedByJob = new HashMap<>();
  private final Set<Id16> yielding = new HashSet<>();

  record Session(Id16 id, NodeId user, NodeId inferer, Id16 job, Instant opened) {
    /// The other side, or nobody when `node` is on neither.
    Optional<NodeId> other(NodeId node) {
      if (node.equals(user)) {
        return Optional.of(inferer);
      }
      return node.equals(inferer) ? Optional.of(user) : Optional.empty();
    }
  }

  /// What stays the same over all tickets of one answer.
  record Job(Id16 id, NodeId user, ModelHash model, long seed, Instant begun) {}

  SessionTable(RefereeSettings settings) {
    ticketLifetime = settings.ticketLifetime();
    lifetime = settings.ticketLifetime().plus(settings.answerDurationMax());
  }

  void open(Session session, Job job) {
    sessions.put(session.id, session);
    byUser.computeIfAbsent(session.user, _ -> new LinkedHashSet<>()).add(session);
    byInferer.computeIfAbsent(session.inferer, _ -> new LinkedHashSet<>()).add(session);
    jobs.putIfAbsent(job.id, job);
    sessionsOpenedByJob.merge(job.id, 1, Integer::sum);
    if (jobs.size() > JOBS_MAX) {
      forgetOldestJob();
    }
  }

  private void forgetOldestJob() {
    Map.Entry<Id16, Job> oldest = jobs.pollFirstEntry();
    if (oldest != null) {
      sessionsOpenedByJob.remove(oldest.getKey());
    }
  }

  @Nullable Session find(Id16 session) {
    return sessions.get(session);
  }

  Optional<Job> job(Id16 job) {
    return Optional.ofNullable(jobs.get(job));
  }

  void close(Session session) {
    sessions.remove(session.id);
    yielding.remove(session.id);
    forget(byUser, session.user, session);
    forget(byInferer, session.inferer, session);
  }

  private static void forget(Map<NodeId, Set<Session>> index, NodeId node, Session session) {
    index.computeIfPresent(
        node,
        (_, open) -> {
          open.remove(session);
          return open.isEmpty() ? null : open;
        });
  }

  /// Sessions of which the node is either side, oldest first.
  List<Session> of(NodeId node) {
    Set<Session> all = new LinkedHashSet<>(byInferer.getOrDefault(node, Set.of()));
    all.addAll(byUser.getOrDefault(node, Set.of()));
    return List.copyOf(all);
  }

  /// Sessions whose time is over; also forgets jobs that can no longer be continued.
  List<Session> overdue(Instant now) {
    while (!jobs.isEmpty() && !now.isBefore(jobs.firstEntry().getValue().begun.plus(lifetime))) {
      forgetOldestJob();
    }
    List<Session> overdue = new ArrayList<>();
    for (Session session : sessions.values()) {
      if (now.isBefore(session.opened.plus(lifetime))) {
        break;
      }
      overdue.add(session);
    }
    return overdue;
  }

  /// Sessions of an inferer whose tickets can no longer be used.
  int settled(NodeId inferer, Instant now) {
    int settled = 0;
    for (Session session : byInferer.getOrDefault(inferer, Set.of())) {
      if (!now.isBefore(session.opened.plus(ticketLifetime))) {
        settled++;
      }
    }
    return settled;
  }

  boolean hasRunning(NodeId user) {
    return byUser.containsKey(user);
  }

  /// Different answers that run for a user; a continued one counts once while both sides of it run.
  int answersOf(NodeId user) {
    return (int) byUser.getOrDefault(user, Set.of()).stream().map(Session::job).distinct().count();
  }

  int ofJob(NodeId user, Id16 job) {
    return (int)
        byUser.getOrDefault(user, Set.of()).stream()
            .filter(session -> session.job.equals(job))
            .count();
  }

  /// How often a job was begun and continued.
  int openedOf(Id16 job) {
    return sessionsOpenedByJob.getOrDefault(job, 0);
  }

  /// The inferer of this session asked for another one to go on.
  void markYielding(Session session) {
    yielding.add(session.id);
  }

  /// Inferers that want to hand the job over.
  Set<NodeId> yieldingOf(Job job) {
    Set<NodeId> inferers = new HashSet<>();
    for (Session session : byUser.getOrDefault(job.user, Set.of())) {
      if (session.job.equals(job.id) && yielding.contains(session.id)) {
        inferers.add(session.inferer);
      }
    }
    return inferers;
  }

  int size() {
    return sessions.size();
  }
}
