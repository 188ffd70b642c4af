// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Files;
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
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;

/// Between rounds and the ledger: what a round that passed puts into it, and what the next round
/// begins with.
final class Publishing {
  private Publishing() {}

  /// The ledger's record of a round that passed; empty when the network has another model by now.
  static Optional<UpdateCheckpoint> checkpoint(
      Round round, Governance governance, BlobShelf shelf) {
    RoundAggregate made = round.aggregate().orElseThrow();
    if (!governance.incumbent().equals(Optional.of(round.descriptor().base()))) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new UpdateCheckpoint(
              governance.genesis(),
              round.descriptor().number(),
              round.descriptor().base(),
              governance.checkpoint().flatMap(UpdateCheckpoint::adapter),
              Optional.of(made.adapter()),
              Files.size(shelf.file(made.adapter())),
              round.head(),
              round.end().orElseThrow().reason()));
    } catch (IOException gone) {
      return Optional.empty();
    }
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

  /// Names of all files that a transcript speaks of.
  static Set<Digest> filesOf(List<SignedEnvelope> transcript) {
    Set<Digest> names = new HashSet<>();
    if (Transcripts.replay(transcript) instanceof Round.Outcome.Accepted(Round round)) {
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
    }
    return names;
  }
}
