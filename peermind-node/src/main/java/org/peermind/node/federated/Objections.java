// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;

/// Why a node takes no part in a round: its descriptor must be about what the ledger says is in
/// use, so that nobody is made to train on a model that only he was given (Pasquini et al., arXiv
/// 2111.07380).
final class Objections {
  private Objections() {}

  static Optional<String> against(Round round, Governance governance) {
    RoundDescriptor descriptor = round.descriptor();
    if (!round.aggregator().equals(governance.writer())) {
      return Optional.of("Its aggregator is not the referee that writes the ledger.");
    }
    if (!descriptor.genesis().equals(governance.genesis())) {
      return Optional.of("It is of another network.");
    }
    if (!governance.incumbent().equals(Optional.of(descriptor.base()))) {
      return Optional.of("It trains another model than the one in use.");
    }
    boolean isVotedOn =
        governance
            .updateVote()
            .filter(vote -> !vote.isInForce() && vote.update().number() == descriptor.number())
            .isPresent();
    if (descriptor.number() <= governance.newestRound() && !isVotedOn) {
      return Optional.of("It is over, and what came of it is in the ledger.");
    }
    Optional<Digest> inUse = governance.checkpoint().flatMap(UpdateCheckpoint::adapter);
    return descriptor.parent().map(AdapterCheckpoint::adapter).equals(inUse)
        ? Optional.empty()
        : Optional.of("It begins with another update than the one in use.");
  }
}
