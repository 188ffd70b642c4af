// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.UpdateCheck;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundMessage;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// What an aggregator says when the updates are in: what they make together, or that the round ends
/// because nothing comes of them.
final class Aggregating {
  private final Combining combining;
  private final RoundFiles files;
  private final BlobShelf shelf;

  Aggregating(Combining combining, RoundFiles files) {
    this.combining = combining;
    this.files = files;
    this.shelf = files.shelf();
  }

  /// @param until when evaluations must be in
  /// @throws IOException in a sentence when it did not work, which may be tried again; once the
  ///   evaluations would be over, the round is ended instead
  RoundMessage of(Round round, Instant until, Instant now) throws IOException {
    try {
      return made(round, until);
    } catch (IllegalArgumentException nothing) {
      // The updates are what they are, so that trying again changes nothing.
      return aborted(round, "Nothing comes of the updates: " + nothing.getMessage());
    } catch (IOException unusable) {
      Instant patience = round.until().plus(round.descriptor().timetable().evaluating());
      if (now.isBefore(patience)) {
        throw unusable;
      }
      return aborted(round, "The updates could not be aggregated in time.");
    }
  }

  private RoundMessage made(Round round, Instant until) throws IOException {
    Map<NodeId, byte[]> vectors = new HashMap<>();
    for (Map.Entry<NodeId, Update> one : round.updates().entrySet()) {
      Optional<byte[]> vector = shelf.find(one.getValue().vector());
      if (vector.isEmpty()) {
        return aborted(round, "An update is not on the aggregator's disk any more.");
      }
      vectors.put(one.getKey(), vector.get());
    }
    // Before anything is computed: whoever gives faulty updates must not keep the round open.
    int faulty = UpdateCheck.exclusions(round.descriptor(), vectors).size();
    if (isTooFew(round, vectors.size() - faulty)) {
      return tooFew(round, vectors.size() - faulty);
    }
    Combining.Combined made = combining.combine(round, vectors);
    int counted = vectors.size() - made.exclusions().size();
    if (isTooFew(round, counted)) {
      return tooFew(round, counted);
    }
    if (made.adapter().isEmpty() || made.adapter().size() > UpdateCheckpoint.ADAPTER_BYTES_MAX) {
      return aborted(
          round, "The adapter has %d bytes; no node takes it.".formatted(made.adapter().size()));
    }
    RoundFiles.Gate gate = files.gate(round.descriptor().number());
    return new RoundAggregate(
        round.id(),
        round.head(),
        made.exclusions(),
        shelf.put(made.vector().toByteArray()),
        shelf.put(made.state().toByteArray()),
        shelf.put(made.adapter().toByteArray()),
        gate.items(),
        gate.salt(),
        until);
  }

  private static boolean isTooFew(Round round, int counted) {
    return counted < round.descriptor().company().least();
  }

  private static RoundClose tooFew(Round round, int counted) {
    return aborted(
        round,
        "Only %d updates are without a fault; the round needs %d."
            .formatted(counted, round.descriptor().company().least()));
  }

  static RoundClose aborted(Round round, String reason) {
    return new RoundClose(
        round.id(), round.head(), RoundClose.End.ABORTED, Sentence.fitting(reason));
  }
}
