// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Digest;

/// The open ballots of a vote, counted in both chambers.
final class BallotCount {
  private BallotCount() {}

  static DoubleMajority.Result of(Course course, Digest beacon) {
    List<DoubleMajority.Candidate> candidates =
        course.options().stream()
            .map(proposal -> course.entrant(proposal).candidate(proposal))
            .toList();
    List<DoubleMajority.Cast> cast = new ArrayList<>();
    course
        .ballots()
        .opened()
        .forEach((place, ballot) -> cast.add(cast(ballot, course.capacity(place))));
    return DoubleMajority.count(
        candidates,
        course.voters().stream().map(course::capacity).toList(),
        cast,
        beacon.toBytes());
  }

  private static DoubleMajority.Cast cast(BallotReveal ballot, long capacity) {
    return new DoubleMajority.Cast(
        new RankedBallot(
            ballot.ranks().stream()
                .map(rank -> rank == 0 ? Optional.<Integer>empty() : Optional.of(rank))
                .toList()),
        ballot.objections().stream()
            .map(BallotReveal.Objection::candidate)
            .collect(Collectors.toSet()),
        capacity);
  }

  /// Why the vote failed, or what was dropped.
  static List<String> sentences(Course course, DoubleMajority.Result counted) {
    List<String> why = new ArrayList<>();
    counted.failed().ifPresent(why::add);
    counted
        .dropped()
        .forEach(
            dropped ->
                why.add(
                    course.entrant(course.options().get(dropped.candidate())).name()
                        + ": "
                        + dropped.reason()));
    return List.copyOf(why);
  }
}
