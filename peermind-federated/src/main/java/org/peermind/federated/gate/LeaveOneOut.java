// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.NodeId;

/// Whose updates made a gate fail, as far as leaving them out can tell: the aggregate is made again
/// without one member after the other and tried on the same items. When no single one suffices, the
/// one whose absence helped most stays out and the others are tried beside it, and so on.
///
/// It names suspects, never culprits: an honest member with unusual text looks the same, and an
/// attack that is spread over many updates may be found in none.
///
/// A pure course of trials: [#next] says what to try, [#tried] takes what was found.
public final class LeaveOneOut {
  private final List<NodeId> members;
  private final int leftOutMax;
  private final List<NodeId> out;
  private final List<Suspect> tries;
  private final boolean hasFound;

  /// A member whose absence was tried.
  ///
  /// @param without what the gate says without it, and without those that stayed out
  public record Suspect(NodeId member, Judgement without) {}

  private LeaveOneOut(
      List<NodeId> members,
      int leftOutMax,
      List<NodeId> out,
      List<Suspect> tries,
      boolean hasFound) {
    this.members = members;
    this.leftOutMax = leftOutMax;
    this.out = out;
    this.tries = tries;
    this.hasFound = hasFound;
  }

  /// Begins after a gate failed.
  ///
  /// @param members whose updates were in the aggregate, in an order that all know
  /// @param leftOutMax how many may be left out together; each costs another trial for every member
  /// @throws IllegalArgumentException when a member is named twice, or nobody would be left
  public static LeaveOneOut of(List<NodeId> members, int leftOutMax) {
    if (new HashSet<>(members).size() != members.size()) {
      throw new IllegalArgumentException("every member is named once");
    }
    if (leftOutMax < 1 || leftOutMax >= members.size()) {
      throw new IllegalArgumentException(
          "from 1 to %d of %d members may be left out, not %d"
              .formatted(members.size() - 1, members.size(), leftOutMax));
    }
    return new LeaveOneOut(List.copyOf(members), leftOutMax, List.of(), List.of(), false);
  }

  /// Whose updates to leave out in the next trial; empty when all is known that can be.
  public Optional<List<NodeId>> next() {
    List<NodeId> left = left();
    if (hasFound || tries.size() == left.size()) {
      return Optional.empty();
    }
    List<NodeId> next = new ArrayList<>(out);
    next.add(left.get(tries.size()));
    return Optional.of(List.copyOf(next));
  }

  private List<NodeId> left() {
    return members.stream().filter(member -> !out.contains(member)).toList();
  }

  /// How many trials were done.
  public int done() {
    return trialsBefore(out.size()) + tries.size();
  }

  /// How many trials there are when no member alone suffices, and no small group.
  public int most() {
    return trialsBefore(leftOutMax);
  }

  /// How many it takes to leave out as many as that.
  private int trialsBefore(int leftOut) {
    int trials = 0;
    for (int stays = 0; stays < leftOut; stays++) {
      trials += members.size() - stays;
    }
    return trials;
  }

  /// With what the trial of [#next] found.
  ///
  /// @throws IllegalStateException when there was none to do
  public LeaveOneOut tried(Judgement found) {
    if (next().isEmpty()) {
      throw new IllegalStateException("there is nothing left to try");
    }
    List<NodeId> left = left();
    List<Suspect> all = new ArrayList<>(tries);
    all.add(new Suspect(left.get(tries.size()), found));
    if (all.size() < left.size()) {
      return new LeaveOneOut(members, leftOutMax, out, List.copyOf(all), false);
    }
    all.sort(BEST_FIRST);
    boolean passes = all.getFirst().without().hasPassed();
    if (passes || out.size() + 1 == leftOutMax) {
      return new LeaveOneOut(members, leftOutMax, out, List.copyOf(all), true);
    }
    List<NodeId> more = new ArrayList<>(out);
    more.add(all.getFirst().member());
    return new LeaveOneOut(members, leftOutMax, List.copyOf(more), List.of(), false);
  }

  /// Passing before failing, then fewer reasons, then less loss; no number is the worst loss, and
  /// equal ones stay in the order of the members.
  private static final Comparator<Suspect> BEST_FIRST =
      Comparator.comparingInt((Suspect one) -> one.without().reasons().size())
          .thenComparingDouble(one -> one.without().loss());

  /// What is known at the end: the members that are suspected, in groups that make the gate pass
  /// when the whole group is left out. All members that alone suffice are groups of one; empty when
  /// nothing made it pass, or it is not yet known.
  public List<List<NodeId>> suspects() {
    if (!hasFound) {
      return List.of();
    }
    List<List<NodeId>> groups = new ArrayList<>();
    for (Suspect one : tries) {
      if (one.without().hasPassed()) {
        List<NodeId> group = new ArrayList<>(out);
        group.add(one.member());
        groups.add(List.copyOf(group));
      }
    }
    return List.copyOf(groups);
  }
}
