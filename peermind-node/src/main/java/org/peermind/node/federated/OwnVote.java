// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.time.Instant;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.governance.UpdateBallot;
import org.peermind.voting.Governance;
import org.peermind.voting.UpdateVote;

/// How a node votes on a federated update when its owner said nothing: as it found the update when
/// it evaluated it. Who did not evaluate it leaves it to its owner.
final class OwnVote {
  private OwnVote() {}

  /// The ballot that is due; empty when there is none, the node has voted, or has no vote.
  static Optional<UpdateBallot> due(Governance governance, Round round, NodeId self, Instant now) {
    Optional<RoundEvaluation> word = Optional.ofNullable(round.evaluations().get(self));
    return governance
        .updateVote()
        .filter(vote -> vote.standing(now) == UpdateVote.Standing.OPEN)
        .filter(vote -> vote.update().transcript().equals(round.head()))
        .filter(vote -> vote.isVoter(self, governance.roll()))
        .filter(vote -> vote.voiceOf(self, governance.roll()).isEmpty())
        .flatMap(
            vote ->
                word.map(
                    own ->
                        new UpdateBallot(
                            governance.genesis(), vote.id(), own.passed(), reason(own))));
  }

  private static String reason(RoundEvaluation word) {
    return Sentence.fitting(
        word.passed()
            ? "It passed this node's evaluation."
            : word.reasons().stream().findFirst().orElse("It failed this node's evaluation."));
  }
}
