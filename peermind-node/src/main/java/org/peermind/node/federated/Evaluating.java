// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.UpdateCheck;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.governance.Digest;

/// A member's word on what the aggregator made: computed again from the updates, bit for bit, and
/// then tried on the gate's items.
final class Evaluating {
  private final RoundMember.Parts parts;
  private final Blobs blobs;

  /// Where files of the round come from.
  @FunctionalInterface
  interface Blobs {
    Optional<byte[]> find(Digest name) throws IOException, InterruptedException;
  }

  Evaluating(RoundMember.Parts parts, Blobs blobs) {
    this.parts = parts;
    this.blobs = blobs;
  }

  RoundEvaluation of(Round round) throws IOException, InterruptedException {
    RoundAggregate made = round.aggregate().orElseThrow();
    Map<NodeId, byte[]> vectors = new HashMap<>();
    for (Map.Entry<NodeId, Update> one : round.updates().entrySet()) {
      vectors.put(one.getKey(), fetched(one.getValue().vector(), "an update"));
    }
    Optional<AdapterCheckpoint> begun = round.descriptor().parent();
    if (begun.isPresent()) {
      fetched(begun.get().state(), "the state that the round began with");
    }
    Optional<ByteString> adapter = remade(round, made, vectors);
    if (adapter.isEmpty()) {
      return word(
          round,
          new Examiner.Finding(
              0,
              RoundEvaluation.NO_LOSS,
              RoundEvaluation.NO_LOSS,
              List.of("The aggregate is not what the updates make.")));
    }
    Optional<ByteString> parent = Optional.empty();
    Optional<AdapterCheckpoint> before = round.descriptor().parent();
    if (before.isPresent()) {
      parent =
          Optional.of(ByteString.copyFrom(fetched(before.get().adapter(), "the adapter in use")));
    }
    ByteString items = ByteString.copyFrom(fetched(made.items(), "the gate's items"));
    return word(round, parts.examiner().examine(round, items, parent, adapter.get()));
  }

  /// The adapter that the updates make; empty when the aggregator said that they make something
  /// else.
  private Optional<ByteString> remade(Round round, RoundAggregate made, Map<NodeId, byte[]> vectors)
      throws IOException {
    if (!UpdateCheck.exclusions(round.descriptor(), vectors).equals(made.exclusions())) {
      return Optional.empty();
    }
    Combining.Combined again;
    try {
      again = parts.combining().combine(round, vectors);
    } catch (IllegalArgumentException nothing) {
      return Optional.empty(); // nothing comes of these updates, whatever the aggregator says
    }
    boolean isRight =
        again.exclusions().equals(made.exclusions())
            && isNamed(again.vector(), made.vector())
            && isNamed(again.state(), made.state())
            && isNamed(again.adapter(), made.adapter());
    return isRight ? Optional.of(again.adapter()) : Optional.empty();
  }

  private byte[] fetched(Digest name, String what) throws IOException, InterruptedException {
    return blobs
        .find(name)
        .orElseThrow(() -> new IOException(what + " cannot be fetched from the referee"));
  }

  private static boolean isNamed(ByteString bytes, Digest name) {
    return Digest.over(bytes.toByteArray()).equals(name);
  }

  private static RoundEvaluation word(Round round, Examiner.Finding finding) {
    int least = round.descriptor().gate().itemsMin();
    List<String> found =
        finding.reasons().isEmpty() && finding.items() < least
            ? List.of(
                "Only %d items were asked; the gate has %d.".formatted(finding.items(), least))
            : finding.reasons();
    List<String> reasons =
        found.stream().limit(RoundEvaluation.REASONS_MAX).map(Sentence::fitting).toList();
    return new RoundEvaluation(
        round.id(),
        round.stepHead(),
        finding.items(),
        finding.parentLossMicro(),
        finding.lossMicro(),
        reasons.isEmpty(),
        reasons);
  }
}
