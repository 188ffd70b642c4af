// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;

/// Something that a vote asks of a voter now. What is done is in the ledger, so a node that forgot
/// everything but what it sealed finds out again what is left to do.
public sealed interface Duty {
  /// Name of the vote: that of its first proposal.
  Digest vote();

  /// After which it is too late.
  Instant until();

  /// To say that a proposal is worth the others' time.
  record Sponsor(Digest vote, Digest proposal, Proposal.Candidate candidate, Instant until)
      implements Duty {}

  /// To measure a candidate and seal the report.
  ///
  /// @param incumbent what it is compared with; empty when the network has no model yet
  /// @param ledger what the report names as its ledger digest
  /// @param itemSeed which items are asked
  /// @param from when the evaluation began
  /// @param turn of this voter, from 0, among `turns`
  record Evaluate(
      Digest vote,
      Digest proposal,
      Proposal.Candidate candidate,
      Optional<ModelHash> incumbent,
      Digest ledger,
      Digest itemSeed,
      Instant from,
      int turn,
      int turns,
      Instant until)
      implements Duty {}

  /// To open the report that is sealed.
  ///
  /// @param commitment name of the sealed record
  record OpenReport(Digest vote, Digest proposal, Digest commitment, Instant until)
      implements Duty {}

  /// To seal a ballot.
  ///
  /// @param options those that may be voted for, in the order of a ballot's ranks, to which `KEEP`
  ///   is the last
  record Cast(Digest vote, List<Option> options, Instant until) implements Duty {
    public Cast {
      options = List.copyOf(options);
    }
  }

  /// To open the ballot that is sealed.
  ///
  /// @param commitment name of the sealed record
  record OpenBallot(Digest vote, Digest commitment, Instant until) implements Duty {}

  /// To fetch and try the adopted model, and say so.
  record SignalReady(Digest vote, Digest proposal, Proposal.Candidate candidate, Instant until)
      implements Duty {}

  /// A candidate with what was measured of it.
  record Option(Digest proposal, Proposal.Candidate candidate, Aggregation measured) {}

  /// What `self` has to do, the most urgent first.
  ///
  /// @param now the ledger's time, not before its last entry
  static List<Duty> of(Governance governance, NodeId self, Instant now) {
    OptionalInt place = governance.roll().placeOf(self);
    if (place.isEmpty() || governance.roll().isQuarantined(self, now)) {
      return List.of();
    }
    List<Duty> duties = new ArrayList<>();
    for (Digest vote : governance.votes()) {
      governance
          .course(vote, now)
          .ifPresent(course -> duties.addAll(VoterDuties.of(course, place.getAsInt(), governance)));
    }
    duties.sort(Comparator.comparing(Duty::until).thenComparing(Duty::vote));
    return duties;
  }
}
