// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.NodeId;

/// Which referees a node keeps streams to, and which of them is its home (design section 4): the
/// two that it ranks first, and others in place of those that are gone for long.
///
/// The home changes at once when its link is gone, and back to a referee of higher rank only after
/// that one has been attached for a steady time, so that a referee which comes and goes does not
/// take its nodes along each time.
///
/// A pure core that holds its state: it has no clock, threads or input and output. One lock of the
/// caller guards it. A time earlier than the last one counts as the last one.
final class HomeChoice {
  /// Streams that a node wants to have.
  static final int WANTED = 2;

  private final Rules rules;
  private final Map<NodeId, Link> dialled = new HashMap<>();
  private List<NodeId> ranked = List.of();
  private @Nullable NodeId home;
  private Instant now = Instant.MIN;
  private @Nullable Instant began;

  /// How patient the choice is.
  ///
  /// @param firstWait for how long after the start the referee of highest rank is waited for before
  ///   another one becomes home
  /// @param steady how long a referee has to be attached before it becomes home again
  /// @param goneAfter how long a referee is missed before another one is dialled in its place
  record Rules(Duration firstWait, Duration steady, Duration goneAfter) {
    static Rules standard() {
      return new Rules(Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofSeconds(10));
    }
  }

  /// @param since when it was attached, or else since when it has been missed
  private record Link(boolean attached, Instant since) {}

  /// What is to be true now.
  ///
  /// @param home empty while no referee is attached
  /// @param dialled the referees to keep streams to, by rank
  record Choice(Optional<NodeId> home, List<NodeId> dialled) {
    Choice {
      dialled = List.copyOf(dialled);
    }
  }

  HomeChoice(Rules rules) {
    this.rules = rules;
  }

  /// The referees that the node knows now, the preferred one first.
  Choice known(List<NodeId> byRank, Instant time) {
    advance(time);
    ranked = List.copyOf(byRank);
    return choose();
  }

  Choice attached(NodeId referee, Instant time) {
    advance(time);
    dialled.computeIfPresent(referee, (_, _) -> new Link(true, now));
    return choose();
  }

  Choice detached(NodeId referee, Instant time) {
    advance(time);
    dialled.computeIfPresent(referee, (_, link) -> link.attached ? new Link(false, now) : link);
    return choose();
  }

  /// Time went by. Expected about once a second.
  Choice tick(Instant time) {
    advance(time);
    return choose();
  }

  private void advance(Instant time) {
    if (time.isAfter(now)) {
      now = time;
    }
    if (began == null) {
      began = now;
    }
  }

  private Choice choose() {
    chooseDialled();
    chooseHome();
    return new Choice(
        Optional.ofNullable(home), ranked.stream().filter(dialled::containsKey).toList());
  }

  /// Goes down the ranks until two referees are there, or not missed for long; keeps one of lower
  /// rank for as long as it is home or those above it are not steady.
  private void chooseDialled() {
    dialled.keySet().retainAll(ranked);
    int there = 0;
    int steady = 0;
    List<NodeId> kept = new ArrayList<>();
    for (NodeId referee : ranked) {
      Link link = dialled.get(referee);
      boolean stays = link != null && (Objects.equals(referee, home) || steady < WANTED);
      if (there >= WANTED && !stays) {
        continue;
      }
      if (link == null) {
        link = new Link(false, now);
        dialled.put(referee, link);
      }
      kept.add(referee);
      if (link.attached || !lasts(link, rules.goneAfter)) {
        there++;
      }
      if (link.attached && lasts(link, rules.steady)) {
        steady++;
      }
    }
    dialled.keySet().retainAll(kept);
  }

  private void chooseHome() {
    Link atHome = home == null ? null : dialled.get(home);
    boolean homeless = atHome == null || !atHome.attached;
    if (homeless && isFirstWait()) {
      return;
    }
    for (NodeId referee : ranked) {
      Link link = dialled.get(referee);
      if (!homeless && Objects.equals(referee, home)) {
        return;
      }
      if (link != null && link.attached && (homeless || lasts(link, rules.steady))) {
        home = referee;
        return;
      }
    }
    home = homeless ? null : home;
  }

  /// At the start both links come within moments; the one that comes first is not the better home.
  private boolean isFirstWait() {
    Link first = ranked.isEmpty() ? null : dialled.get(ranked.getFirst());
    boolean firstIsThere = first != null && first.attached;
    return home == null
        && !firstIsThere
        && began != null
        && now.isBefore(began.plus(rules.firstWait));
  }

  private boolean lasts(Link link, Duration least) {
    return !now.isBefore(link.since.plus(least));
  }
}
