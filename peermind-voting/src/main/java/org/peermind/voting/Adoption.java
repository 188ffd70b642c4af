// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.protocol.governance.Stage;

/// Who is ready for a chosen model, and how far its stages are. Changes in place; only one [Course]
/// holds it.
final class Adoption {
  private static final List<Stage.Step> STEPS = List.of(Stage.Step.values());

  private final Set<Integer> ready = new TreeSet<>();
  private Instant stageFrom = Instant.MAX;
  private Optional<Stage.Step> stage = Optional.empty();

  Adoption copy() {
    Adoption copy = new Adoption();
    copy.ready.addAll(ready);
    copy.stageFrom = stageFrom;
    copy.stage = stage;
    return copy;
  }

  /// Places on the roll.
  Set<Integer> ready() {
    return Set.copyOf(ready);
  }

  Optional<Stage.Step> stage() {
    return stage;
  }

  /// When the next stage may begin; far in the future while too few are ready.
  Instant stageFrom() {
    return stageFrom;
  }

  void ready(int place) throws Refusal {
    Refusal.unless(ready.add(place), "You were ready already.");
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

  void lockIn(Instant activation) {
    stageFrom = activation;
  }

  /// Goes on to the next stage.
  ///
  /// @param least how long it lasts at least
  void stage(Stage.Step next, Instant now, Duration least) throws Refusal {
    int due = stage.map(present -> STEPS.indexOf(present) + 1).orElse(0);
    Refusal.unless(STEPS.indexOf(next) == due, "Stages come one after the other.");
    Refusal.unless(
        !now.isBefore(stageFrom), "This stage begins at " + stageFrom + " at the earliest.");
    stage = Optional.of(next);
    stageFrom = now.plus(least);
  }

  /// The stage that may begin at `now`.
  Optional<Stage.Step> stageDue(Instant now) {
    int due = stage.map(present -> STEPS.indexOf(present) + 1).orElse(0);
    return due < STEPS.size() && !now.isBefore(stageFrom)
        ? Optional.of(STEPS.get(due))
        : Optional.empty();
  }
}
