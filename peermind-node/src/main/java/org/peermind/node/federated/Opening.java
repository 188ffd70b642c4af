// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.voting.Governance;

/// What an aggregator opens next: the operator's plan, checked, for a round that no member would
/// follow ends in nothing.
final class Opening {
  private final RoundHost.Parts parts;
  private final RoundFiles files;
  private final BlobShelf shelf;

  /// What is due.
  sealed interface Outcome {
    /// A round opens now. Its gate is on the disk.
    record Due(long number, SignedEnvelope descriptor) implements Outcome {}

    /// None does.
    ///
    /// @param why for the operator, in a sentence
    record NotNow(String why) implements Outcome {}
  }

  Opening(RoundHost.Parts parts, RoundFiles files) {
    this.parts = parts;
    this.files = files;
    this.shelf = files.shelf();
  }

  Outcome next(Governance governance, Instant lastEnd, Instant now) throws IOException {
    Instant next = parts.plan().next(lastEnd);
    if (now.isBefore(next)) {
      return new Outcome.NotNow("The next round opens at " + next + ".");
    }
    long number = Math.max(files.newestNumber(), governance.newestRound()) + 1;
    Optional<AdapterCheckpoint> parent;
    try {
      parent = Publishing.parent(governance, files);
    } catch (IOException gone) {
      return new Outcome.NotNow(
          Sentence.ended("No round can follow the update in use: " + gone.getMessage()));
    }
    ByteString items;
    try {
      items = parts.plan().items();
    } catch (IOException none) {
      return new Outcome.NotNow(Sentence.ended("No round can open: " + none.getMessage()));
    }
    RoundFiles.Gate gate = files.beginGate(number, shelf.put(items.toByteArray()));
    Optional<RoundDescriptor> planned =
        parts.plan().descriptor(governance, number, parent, gate.commitment(), now);
    if (planned.isEmpty()) {
      return new Outcome.NotNow(parts.plan().refusal().orElse("There can be no round now."));
    }
    SignedEnvelope descriptor = planned.get().sign(parts.identity());
    boolean isUsable =
        planned.get().number() == number
            && planned.get().gate().commitment().equals(gate.commitment())
            && Round.begin(descriptor) instanceof Round.Outcome.Accepted(Round round)
            && Objections.against(round, governance).isEmpty();
    return isUsable
        ? new Outcome.Due(number, descriptor)
        : new Outcome.NotNow("The plan makes a round that no member would follow; none is opened.");
  }
}
