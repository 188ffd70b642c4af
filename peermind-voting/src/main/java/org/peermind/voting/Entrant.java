// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Proposal;
import org.peermind.voting.RankedTally.Ratio;

/// A proposal in a vote. Its sponsors and reports change in place; only one [Course] holds it.
///
/// @param proposer its place on the roll
/// @param sponsors theirs
/// @param beacon present once there are enough sponsors
record Entrant(
    Proposal proposal,
    int proposer,
    Set<Integer> sponsors,
    Optional<Digest> beacon,
    SealedBox<EvaluationReveal> reports,
    Optional<Aggregation> aggregation) {

  static Entrant of(Proposal proposal, int proposer) {
    return new Entrant(
        proposal, proposer, new TreeSet<>(), Optional.empty(), new SealedBox<>(), Optional.empty());
  }

  Entrant copy() {
    return new Entrant(
        proposal, proposer, new TreeSet<>(sponsors), beacon, reports.copy(), aggregation);
  }

  Entrant evaluated(Aggregation found) {
    return new Entrant(proposal, proposer, sponsors, beacon, reports, Optional.of(found));
  }

  Entrant sponsored(Digest id) {
    byte[] places = sponsors.toString().getBytes(StandardCharsets.UTF_8);
    return new Entrant(
        proposal,
        proposer,
        sponsors,
        Optional.of(Digest.over(id.toBytes(), places)),
        reports,
        aggregation);
  }

  /// As it is counted, after its evaluation.
  DoubleMajority.Candidate candidate(Digest id) {
    Ratio ratio =
        switch (proposal.change()) {
          case MINOR -> new Ratio(1, 1);
          case MAJOR -> new Ratio(2, 1);
          case RULES -> new Ratio(3, 1);
        };
    return new DoubleMajority.Candidate(
        id,
        ratio,
        aggregation.map(Aggregation::microWhPer1kTokens).orElse(OptionalLong.empty()),
        aggregation.map(Aggregation::vramMib).orElse(Long.MAX_VALUE));
  }

  boolean isSponsored() {
    return beacon.isPresent();
  }

  String name() {
    return proposal.candidate().name();
  }
}
