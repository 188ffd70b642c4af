// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;

/// Who took part in a vote so far, by the keys that the voters have now.
///
/// @param voters who may take part
/// @param candidates in the order of the ledger
/// @param ballots what each voter sealed last
/// @param opened whose ballots are open
/// @param ready who has the adopted model
public record Attendance(
    List<NodeId> voters,
    List<Candidate> candidates,
    Map<NodeId, Commit> ballots,
    Set<NodeId> opened,
    Set<NodeId> ready) {

  /// One proposal of the vote.
  ///
  /// @param id its name
  /// @param proposer empty when it has no key any more
  /// @param isSponsored whether enough voters want it to be evaluated
  /// @param sealedReports who measured it
  /// @param openedReports whose measurements are open
  public record Candidate(
      Digest id,
      Proposal proposal,
      Optional<NodeId> proposer,
      boolean isSponsored,
      Set<NodeId> sponsors,
      Set<NodeId> sealedReports,
      Set<NodeId> openedReports) {
    public Candidate {
      sponsors = Set.copyOf(sponsors);
      sealedReports = Set.copyOf(sealedReports);
      openedReports = Set.copyOf(openedReports);
    }
  }

  public Attendance {
    voters = List.copyOf(voters);
    candidates = List.copyOf(candidates);
    ballots = Map.copyOf(ballots);
    opened = Set.copyOf(opened);
    ready = Set.copyOf(ready);
  }

  /// As it stands at `now`, which is not before the last entry; empty when there is no such vote.
  ///
  /// @param proposal any of the vote's
  public static Optional<Attendance> of(Governance governance, Digest proposal, Instant now) {
    return governance.course(proposal, now).map(course -> of(course, governance.roll()));
  }

  private static Attendance of(Course course, Roll roll) {
    Map<NodeId, Commit> ballots = new HashMap<>();
    course
        .ballots()
        .commits()
        .forEach((place, commit) -> roll.keyOf(place).ifPresent(key -> ballots.put(key, commit)));
    return new Attendance(
        course.voters().stream().flatMap(place -> roll.keyOf(place).stream()).toList(),
        course.order().stream().map(one -> candidate(one, course.entrant(one), roll)).toList(),
        ballots,
        keys(course.ballots().opened().keySet(), roll),
        keys(course.adoption().ready(), roll));
  }

  private static Candidate candidate(Digest id, Entrant entrant, Roll roll) {
    return new Candidate(
        id,
        entrant.proposal(),
        roll.keyOf(entrant.proposer()),
        entrant.isSponsored(),
        keys(entrant.sponsors(), roll),
        keys(entrant.reports().commits().keySet(), roll),
        keys(entrant.reports().opened().keySet(), roll));
  }

  private static Set<NodeId> keys(Collection<Integer> places, Roll roll) {
    Set<NodeId> keys = new TreeSet<>();
    places.forEach(place -> roll.keyOf(place).ifPresent(keys::add));
    return keys;
  }
}
