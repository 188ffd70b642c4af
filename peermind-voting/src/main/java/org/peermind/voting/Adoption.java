// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.protocol.governance.Stage;

/// Who is ready for a chosen model, and how far its stages are. Immutable.
///
/// @param ready places on the roll
/// @param stageFrom when the next stage may begin; far in the future while too few are ready
/// @param stage the present one
record Adoption(Set<Integer> ready, Instant stageFrom, Optional<Stage.Step> stage) {
  static final Adoption NONE = new Adoption(Set.of(), Instant.MAX, Optional.empty());

  private static final List<Stage.Step> STEPS = List.of(Stage.Step.values());

  Adoption {
    ready = Collections.unmodifiableSet(new TreeSet<>(ready));
  }

  Adoption with(int place) throws Refusal {
    Refusal.unless(!ready.contains(place), "You were ready already.");
    Set<Integer> more = new TreeSet<>(ready);
    more.add(place);
    return new Adoption(more, stageFrom, stage);
  }

  /// Whether enough are ready, by capped capacity and by heads.
  ///
  /// @param capacities of the voters, in their order
  boolean isEnough(
      List<Integer> voters, List<Long> capacities, int capacityPercent, int headsPercent) {
    List<Long> weights = CapacityWeights.capped(CapacityWeights.uncapped(capacities, capacities));
    long all = 0;
    long waiting = 0;
    for (int at = 0; at < voters.size(); at++) {
      all += weights.get(at);
      waiting += ready.contains(voters.get(at)) ? weights.get(at) : 0;
    }
    return 100 * waiting >= capacityPercent * all
        && 100L * ready.size() >= headsPercent * (long) voters.size();
  }

  Adoption lockedIn(Instant activation) {
    return new Adoption(ready, activation, stage);
  }

  /// Goes on to the next stage.
  ///
  /// @param least how long it lasts at least
  Adoption after(Stage.Step next, Instant now, Duration least) throws Refusal {
    int due = stage.map(present -> STEPS.indexOf(present) + 1).orElse(0);
    Refusal.unless(STEPS.indexOf(next) == due, "Stages come one after the other.");
    Refusal.unless(
        !now.isBefore(stageFrom), "This stage begins at " + stageFrom + " at the earliest.");
    return new Adoption(ready, now.plus(least), Optional.of(next));
  }

  /// The stage that may begin at `now`.
  Optional<Stage.Step> stageDue(Instant now) {
    int due = stage.map(present -> STEPS.indexOf(present) + 1).orElse(0);
    return due < STEPS.size() && !now.isBefore(stageFrom)
        ? Optional.of(STEPS.get(due))
        : Optional.empty();
  }
}
