// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.peermind.protocol.NodeId;

/// What a [FetchPlan] knows about one peer.
final class FetchPeer {
  /// Stands for the manifest among the chunks that a peer is asked for.
  static final int MANIFEST = -1;

  final NodeId id;

  /// What the peer is asked for and since when, oldest first.
  final Map<Integer, Instant> asked = new LinkedHashMap<>();

  private int window = 1;
  private int failures;
  private Instant pausedUntil;
  private Instant answeredAt = Instant.MIN;

  FetchPeer(NodeId id, Instant now) {
    this.id = id;
    this.pausedUntil = now;
  }

  boolean mayBeAsked(Instant now) {
    return asked.size() < window && !now.isBefore(pausedUntil);
  }

  void brought(int chunk, FetchRules rules, Instant now) {
    Instant since = asked.remove(chunk);
    if (since != null) {
      boolean isQuick = working(since, now).compareTo(rules.quickWithin()) <= 0;
      window = isQuick ? Math.min(rules.inFlightMax(), window + 1) : Math.max(1, window - 1);
    }
    failures = 0;
    answeredAt = now;
  }

  /// Forgets what it was asked for and leaves it alone for a while, longer each time.
  void failed(FetchRules rules, Instant now) {
    long factor = 1L << Math.min(failures, 20);
    Duration pause = rules.pauseMin().multipliedBy(factor);
    pause(pause.compareTo(rules.pauseMax()) < 0 ? pause : rules.pauseMax(), now);
    failures++;
  }

  void pause(Duration pause, Instant now) {
    asked.clear();
    window = 1;
    pausedUntil = now.plus(pause);
  }

  /// Whether it has worked on one thing for longer than `limit`.
  boolean isSlow(Duration limit, Instant now) {
    Optional<Instant> oldest = asked.values().stream().findFirst();
    return oldest.isPresent() && working(oldest.get(), now).compareTo(limit) > 0;
  }

  /// A peer answers one question after the other, so it works on one since it answered the last.
  private Duration working(Instant since, Instant now) {
    return Duration.between(since.isBefore(answeredAt) ? answeredAt : since, now);
  }
}
