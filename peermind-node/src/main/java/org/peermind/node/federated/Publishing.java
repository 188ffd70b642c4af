// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.Transcripts;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.UpdateCandidate;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;
import org.peermind.voting.UpdateVote;

/// Between rounds and the ledger: what a round that passed puts into it, and what the next round
/// begins with.
final class Publishing {
  private static final String SUPERSEDED =
      "The update follows no more what is in use, or changes nothing.";

  private Publishing() {}

  /// What a round that passed leads to next.
  sealed interface Due {
    /// A record for the ledger.
    ///
    /// @param what for the log
    record Write(GovernanceRecord record, String what) implements Due {}

    /// Nothing yet: the voters decide.
    record Wait(String sentence) implements Due {}

    /// Nothing more.
    ///
    /// @param sentence why; empty when it is in use
    record Settled(Optional<String> sentence) implements Due {}
  }

  /// What is due now for a round that passed: where the network votes on its updates, first its
  /// candidate, then, once it is accepted, its checkpoint; elsewhere the checkpoint.
  ///
  /// @throws IOException when the adapter is not on the disk as it was made
  static Due due(Round round, Governance governance, BlobShelf shelf, Instant now)
      throws IOException {
    Optional<UpdateVote> vote =
        governance.updateVote().filter(one -> one.update().transcript().equals(round.head()));
    if (vote.isPresent() && !vote.get().isInForce()) {
      boolean follows =
          governance.incumbent().equals(Optional.of(vote.get().update().base()))
              && governance
                  .checkpoint()
                  .flatMap(UpdateCheckpoint::adapter)
                  .equals(vote.get().update().former());
      if (!follows) {
        return new Due.Settled(Optional.of(SUPERSEDED));
      }
      return switch (vote.get().standing(now)) {
        case OPEN -> new Due.Wait(vote.get().sentence(now));
        case ACCEPTED -> new Due.Write(vote.get().update(), "update-published");
        case REJECTED -> new Due.Settled(Optional.of(vote.get().sentence(now)));
      };
    }
    if (governance.newestRound() >= round.descriptor().number()) {
      return new Due.Settled(Optional.empty());
    }
    Optional<UpdateCheckpoint> made = checkpoint(round, governance, shelf);
    if (made.isEmpty()) {
      return new Due.Settled(Optional.of(SUPERSEDED));
    }
    return governance.rules().updatesByVote()
        ? new Due.Write(new UpdateCandidate(made.get()), "update-put-forward")
        : new Due.Write(made.get(), "update-published");
  }

  /// The ledger's record of a round that passed; empty when there is nothing to put in: the network
  /// has another model or another update by now than the round began with, or the round changed
  /// nothing.
  ///
  /// @throws IOException when the adapter is not on the disk as it was made
  static Optional<UpdateCheckpoint> checkpoint(Round round, Governance governance, BlobShelf shelf)
      throws IOException {
    RoundAggregate made = round.aggregate().orElseThrow();
    Optional<Digest> former = governance.checkpoint().flatMap(UpdateCheckpoint::adapter);
    boolean isFor =
        governance.incumbent().equals(Optional.of(round.descriptor().base()))
            && former.equals(round.descriptor().parent().map(AdapterCheckpoint::adapter))
            && !former.equals(Optional.of(made.adapter()));
    if (!isFor) {
      return Optional.empty();
    }
    byte[] adapter =
        shelf
            .find(made.adapter())
            .orElseThrow(() -> new IOException("the adapter of the round is not on the disk"));
    return Optional.of(
        new UpdateCheckpoint(
            governance.genesis(),
            round.descriptor().number(),
            round.descriptor().base(),
            former,
            Optional.of(made.adapter()),
            adapter.length,
            round.head(),
            round.end().orElseThrow().reason()));
  }

  /// The checkpoint that the update in use is of.
  ///
  /// @throws IOException when the transcript of its round is not here, in a sentence
  static Optional<AdapterCheckpoint> parent(Governance governance, RoundFiles files)
      throws IOException {
    Optional<UpdateCheckpoint> inUse =
        governance.checkpoint().filter(one -> one.adapter().isPresent());
    if (inUse.isEmpty()) {
      return Optional.empty();
    }
    for (List<SignedEnvelope> transcript : files.transcripts(inUse.get().number())) {
      if (Transcripts.replay(transcript) instanceof Round.Outcome.Accepted(Round round)
          && round.head().equals(inUse.get().transcript())) {
        RoundAggregate made = round.aggregate().orElseThrow();
        return Optional.of(new AdapterCheckpoint(round.id(), made.state(), made.adapter()));
      }
    }
    throw new IOException(
        "the transcript of round %d is not at this referee".formatted(inUse.get().number()));
  }

  /// Names of all files that a round speaks of.
  static Set<Digest> filesOf(Round round) {
    Set<Digest> names = new HashSet<>();
    round
        .descriptor()
        .parent()
        .ifPresent(parent -> names.addAll(List.of(parent.state(), parent.adapter())));
    round.updates().values().forEach(update -> names.add(update.vector()));
    round
        .aggregate()
        .ifPresent(
            made ->
                names.addAll(List.of(made.vector(), made.state(), made.adapter(), made.items())));
    return names;
  }
}
