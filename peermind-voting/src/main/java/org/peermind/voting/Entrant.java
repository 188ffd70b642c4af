// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Proposal;
import org.peermind.voting.RankedTally.Ratio;

/// A proposal in a vote. Immutable.
///
/// @param proposer its place on the roll
/// @param sponsors theirs
/// @param drawn present once there are enough sponsors
record Entrant(
    Proposal proposal,
    int proposer,
    SortedSet<Integer> sponsors,
    Optional<Drawn> drawn,
    SealedBox<EvaluationReveal> reports,
    Optional<Aggregation> aggregation) {

  /// What draws its items: the ledger and the sponsors, neither of which its proposer chooses.
  ///
  /// @param ledger digest of the ledger when enough had sponsored it
  /// @param beacon digest of who sponsored it
  record Drawn(Digest ledger, Digest beacon) {}

  static Entrant of(Proposal proposal, int proposer) {
    return new Entrant(
        proposal,
        proposer,
        Collections.emptySortedSet(),
        Optional.empty(),
        new SealedBox<>(),
        Optional.empty());
  }

  Entrant sponsoredBy(int place) {
    SortedSet<Integer> more = new TreeSet<>(sponsors);
    more.add(place);
    return new Entrant(
        proposal, proposer, Collections.unmodifiableSortedSet(more), drawn, reports, aggregation);
  }

  Entrant reported(SealedBox<EvaluationReveal> more) {
    return new Entrant(proposal, proposer, sponsors, drawn, more, aggregation);
  }

  Entrant evaluated(Aggregation found) {
    return new Entrant(proposal, proposer, sponsors, drawn, reports, Optional.of(found));
  }

  /// @param ledger digest of all entries up to the one that brought the last sponsor
  Entrant sponsored(Digest id, Digest ledger) {
    byte[] places = sponsors.toString().getBytes(StandardCharsets.UTF_8);
    return new Entrant(
        proposal,
        proposer,
        sponsors,
        Optional.of(new Drawn(ledger, Digest.over(id.toBytes(), places))),
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

  Optional<Digest> itemSeed(Digest id) {
    return drawn.map(by -> ItemSeed.of(by.ledger(), id, by.beacon()));
  }

  boolean isSponsored() {
    return drawn.isPresent();
  }

  /// A clause for each gate that it does not pass, once it is evaluated.
  List<String> failed() {
    return aggregation.map(Aggregation::failed).orElse(List.of());
  }

  ModelHash model() {
    return proposal.candidate().ggufSha256();
  }

  String name() {
    return proposal.candidate().name();
  }
}
