// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.Transcripts;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// Verifies rounds from their files alone: every signature, the order and the chain of messages,
/// the aggregate computed again bit for bit, and what the ledger says of it. Trusts nobody.
public final class RoundVerification {
  private static final Pattern TRANSCRIPT = Pattern.compile("(?:[0-9]{8}-)?[0-9a-f]{64}");

  private final Path folder;
  private final Combining combining;
  private final BlobShelf shelf;

  /// What was found of one round.
  ///
  /// @param recomputed whether what the updates make is what the aggregator said; empty, with
  ///   `missing`, when that cannot be computed here, or there is no aggregate
  /// @param missing why it was not computed again, in a sentence
  /// @param entry of the ledger that names this transcript
  /// @param wrong what is wrong, in a sentence; empty when nothing is
  public record Finding(
      Round round,
      Optional<Boolean> recomputed,
      Optional<String> missing,
      Optional<Long> entry,
      Optional<String> wrong) {}

  /// @param folder of the rounds, of an aggregator or a member
  public RoundVerification(Path folder, Combining combining) {
    this.folder = folder;
    this.combining = combining;
    this.shelf = new BlobShelf(folder.resolve("blobs"));
  }

  /// Verifies every round that is kept.
  ///
  /// @param records of the ledger, by their entry
  /// @throws IOException in a sentence that names the file, when one cannot be read or a transcript
  ///   is not what its author signed
  public List<Finding> all(Map<Long, UpdateCheckpoint> records) throws IOException {
    Path rounds = folder.resolve("rounds");
    if (!Files.isDirectory(rounds)) {
      return List.of();
    }
    Map<Long, Finding> findings = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> all = Files.list(rounds)) {
      files =
          all.filter(file -> TRANSCRIPT.matcher(String.valueOf(file.getFileName())).matches())
              .sorted()
              .toList();
    }
    for (Path file : files) {
      List<SignedEnvelope> messages = TranscriptFile.read(file);
      if (!messages.isEmpty()) { // else the power failed before the round was open
        Finding finding = finding(file, messages, records);
        findings.put(finding.round().descriptor().number(), finding);
      }
    }
    return new ArrayList<>(findings.values());
  }

  private Finding finding(
      Path file, List<SignedEnvelope> messages, Map<Long, UpdateCheckpoint> records)
      throws IOException {
    Matcher name = TRANSCRIPT.matcher(String.valueOf(file.getFileName()));
    return switch (Transcripts.replay(messages)) {
      case Round.Outcome.Refused(String sentence, var _) ->
          throw new IOException("The transcript %s is wrong. %s".formatted(file, sentence));
      case Round.Outcome.Accepted(Round round) -> {
        if (!name.matches() || !name.group().endsWith(round.id().hex())) {
          throw new IOException("The transcript %s is of another round.".formatted(file));
        }
        yield of(round, records);
      }
    };
  }

  private Finding of(Round round, Map<Long, UpdateCheckpoint> records) throws IOException {
    Optional<Long> entry = Optional.empty();
    for (Map.Entry<Long, UpdateCheckpoint> record : records.entrySet()) {
      if (record.getValue().transcript().equals(round.head())
          && record.getValue().number() == round.descriptor().number()) {
        entry = Optional.of(record.getKey());
      }
    }
    if (round.aggregate().isEmpty()) {
      return new Finding(round, Optional.empty(), Optional.empty(), entry, Optional.empty());
    }
    Map<NodeId, byte[]> vectors = new HashMap<>();
    for (Map.Entry<NodeId, Update> one : round.updates().entrySet()) {
      Optional<byte[]> vector = shelf.find(one.getValue().vector());
      if (vector.isEmpty()) {
        return missing(round, entry, "An update of this round is not on this node.");
      }
      vectors.put(one.getKey(), vector.get());
    }
    Combining.Combined again;
    try {
      again = combining.combine(round, vectors);
    } catch (IOException unable) {
      return missing(round, entry, String.valueOf(unable.getMessage()));
    }
    boolean isRight = agrees(again, round.aggregate().orElseThrow());
    Optional<String> wrong =
        isRight
            ? ledgered(round, entry, records)
            : Optional.of(
                "The aggregator of round %d said something else than its updates make."
                    .formatted(round.descriptor().number()));
    return new Finding(round, Optional.of(isRight), Optional.empty(), entry, wrong);
  }

  private static Finding missing(Round round, Optional<Long> entry, String why) {
    return new Finding(round, Optional.empty(), Optional.of(why), entry, Optional.empty());
  }

  /// What the ledger says must be what the round made.
  private static Optional<String> ledgered(
      Round round, Optional<Long> entry, Map<Long, UpdateCheckpoint> records) {
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    UpdateCheckpoint record = records.get(entry.get());
    boolean hasPassed =
        round.end().map(close -> close.end() == RoundClose.End.PASSED).orElse(false);
    boolean isSame =
        record != null
            && hasPassed
            && record.base().equals(round.descriptor().base())
            && record.adapter().equals(round.aggregate().map(RoundAggregate::adapter));
    return isSame
        ? Optional.empty()
        : Optional.of(
            "Entry %d of the ledger names another update than round %d made."
                .formatted(entry.get(), round.descriptor().number()));
  }

  static boolean agrees(Combining.Combined again, RoundAggregate said) {
    return again.exclusions().equals(said.exclusions())
        && Digest.over(again.vector().toByteArray()).equals(said.vector())
        && Digest.over(again.state().toByteArray()).equals(said.state())
        && Digest.over(again.adapter().toByteArray()).equals(said.adapter());
  }
}
