// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.peermind.federated.round.Contradiction;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.Transcripts;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.governance.Digest;

/// Where an aggregator keeps its rounds: `rounds/NUMBER-DIGEST` are the transcripts, `gates/NUMBER`
/// the salt of each gate and the name of its items, `blobs/SHA256` the files, `gifts/NODE` the
/// updates that are on their way, and `barred/NODE` the proofs against members that contradicted
/// themselves.
final class RoundFiles {
  /// How many rounds are kept, and how many that passed.
  static final int KEPT = 20;

  private static final Pattern ROUND = Pattern.compile("([0-9]{8,18})-([0-9a-f]{64})");
  private static final Pattern GATE = Pattern.compile("([0-9a-f]{64}) ([0-9a-f]{64})\n");
  private static final int GATE_BYTES_MAX = 1_024;

  private final Path folder;

  /// The items of a round's gate, to which its descriptor is bound.
  record Gate(Digest salt, Digest items) {
    Digest commitment() {
      return Digest.over(salt.toBytes(), items.toBytes());
    }
  }

  private record Kept(long number, Digest id, Path file) {}

  RoundFiles(Path folder) {
    this.folder = folder;
  }

  BlobShelf shelf() {
    return new BlobShelf(folder.resolve("blobs"));
  }

  Path gifts() {
    return folder.resolve("gifts");
  }

  /// Where the transcript of a round is.
  Path place(long number, Digest id) {
    return folder.resolve("rounds").resolve("%08d-%s".formatted(number, id.hex()));
  }

  /// The first characters of the name of the round that a transcript is of.
  static String shortName(Path transcript) {
    Matcher name = ROUND.matcher(String.valueOf(transcript.getFileName()));
    return name.matches() ? new Digest(name.group(2)).shortText() : "none";
  }

  /// Every transcript that is kept, the oldest first.
  List<List<SignedEnvelope>> keptTranscripts() throws IOException {
    List<List<SignedEnvelope>> transcripts = new ArrayList<>();
    for (Kept one : kept()) {
      transcripts.add(TranscriptFile.read(one.file()));
    }
    return transcripts;
  }

  Optional<Path> newest() throws IOException {
    List<Kept> kept = kept();
    return kept.isEmpty() ? Optional.empty() : Optional.of(kept.getLast().file());
  }

  long newestNumber() throws IOException {
    List<Kept> kept = kept();
    return kept.isEmpty() ? 0 : kept.getLast().number();
  }

  /// When the last message of the newest round was written.
  Optional<Instant> newestChange() throws IOException {
    Optional<Path> newest = newest();
    return newest.isPresent()
        ? Optional.of(Files.getLastModifiedTime(newest.get()).toInstant())
        : Optional.empty();
  }

  Optional<List<SignedEnvelope>> transcript(Digest id) throws IOException {
    for (Kept one : kept()) {
      if (one.id().equals(id)) {
        return Optional.of(TranscriptFile.read(one.file()));
      }
    }
    return Optional.empty();
  }

  /// The transcripts of a number; more than one only when a round was opened again after a loss.
  List<List<SignedEnvelope>> transcripts(long number) throws IOException {
    List<List<SignedEnvelope>> transcripts = new ArrayList<>();
    for (Kept one : kept()) {
      if (one.number() == number) {
        transcripts.add(TranscriptFile.read(one.file()));
      }
    }
    return transcripts;
  }

  /// Deletes old rounds: all but the newest, the newest that passed, to which the network may go
  /// back, and the one of number `inUse`.
  ///
  /// @return files that what stays speaks of
  Set<Digest> prune(long inUse) throws IOException {
    List<Kept> newestFirst = kept().reversed();
    Set<Digest> needed = new HashSet<>();
    Set<Long> numbers = new HashSet<>();
    int seen = 0;
    int passed = 0;
    for (Kept one : newestFirst) {
      boolean isNew = ++seen <= KEPT;
      Optional<Round> round = readable(one.file());
      boolean hasPassed =
          round
              .flatMap(Round::end)
              .filter(close -> close.end() == RoundClose.End.PASSED)
              .isPresent();
      boolean isNeeded = isNew || one.number() == inUse || (hasPassed && ++passed <= KEPT);
      if (isNeeded) {
        round.ifPresent(whole -> needed.addAll(Publishing.filesOf(whole)));
        numbers.add(one.number());
      } else {
        Files.deleteIfExists(one.file());
      }
    }
    needed.addAll(pruneGates(numbers));
    return needed;
  }

  private Set<Digest> pruneGates(Set<Long> rounds) throws IOException {
    Path gates = folder.resolve("gates");
    if (!Files.isDirectory(gates)) {
      return Set.of();
    }
    Set<Digest> items = new HashSet<>();
    List<Path> files;
    try (Stream<Path> all = Files.list(gates)) {
      files = all.toList();
    }
    Set<String> names = new HashSet<>();
    for (long number : rounds) {
      names.add(gateFile(number).getFileName().toString());
      readGate(number).ifPresent(gate -> items.add(gate.items()));
    }
    for (Path file : files) {
      if (!names.contains(String.valueOf(file.getFileName()))) {
        Files.deleteIfExists(file);
      }
    }
    return items;
  }

  private static Optional<Round> readable(Path file) {
    try {
      return Transcripts.replay(TranscriptFile.read(file))
              instanceof Round.Outcome.Accepted(Round round)
          ? Optional.of(round)
          : Optional.empty();
    } catch (IOException damaged) {
      return Optional.empty();
    }
  }

  private List<Kept> kept() throws IOException {
    Path rounds = folder.resolve("rounds");
    if (!Files.isDirectory(rounds)) {
      return List.of();
    }
    List<Kept> kept = new ArrayList<>();
    try (Stream<Path> all = Files.list(rounds)) {
      for (Path file : all.toList()) {
        Matcher name = ROUND.matcher(String.valueOf(file.getFileName()));
        if (name.matches()) {
          kept.add(new Kept(Long.parseLong(name.group(1)), new Digest(name.group(2)), file));
        }
      }
    }
    kept.sort(Comparator.comparingLong(Kept::number).thenComparing(Kept::id));
    return kept;
  }

  private Path gateFile(long number) {
    return folder.resolve("gates").resolve("%08d".formatted(number));
  }

  /// Draws the salt of a gate, or finds that which was drawn before the power failed. It is on the
  /// disk when this returns, so that a descriptor may be bound to it.
  Gate beginGate(long number, Digest items) throws IOException {
    Optional<Gate> before = readGate(number).filter(gate -> gate.items().equals(items));
    if (before.isPresent()) {
      return before.get();
    }
    byte[] salt = new byte[32];
    new SecureRandom().nextBytes(salt);
    Gate gate = new Gate(Digest.over(salt), items);
    DurableFile.write(
        gateFile(number),
        (gate.salt().hex() + " " + items.hex() + "\n").getBytes(StandardCharsets.US_ASCII));
    return gate;
  }

  /// The gate of a round that was opened.
  Gate gate(long number) throws IOException {
    return readGate(number)
        .orElseThrow(
            () -> new IOException("the gate's file " + gateFile(number) + " is gone or damaged"));
  }

  private Optional<Gate> readGate(long number) throws IOException {
    Path file = gateFile(number);
    if (!Files.exists(file) || Files.size(file) > GATE_BYTES_MAX) {
      return Optional.empty();
    }
    Matcher text = GATE.matcher(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
    return text.matches()
        ? Optional.of(new Gate(new Digest(text.group(1)), new Digest(text.group(2))))
        : Optional.empty();
  }

  /// Keeps the proof against a member.
  synchronized void bar(NodeId member, Contradiction proof) throws IOException {
    Path file = folder.resolve("barred").resolve(member.toString());
    if (Files.exists(file) && proven(file).isEmpty()) {
      Files.delete(file); // the power failed between its two messages, or the disk changed them
    }
    try (TranscriptFile both = TranscriptFile.open(file)) {
      if (both.messages().isEmpty()) {
        both.append(proof.first());
        both.append(proof.second());
      }
    }
  }

  /// Whom the proofs are against.
  Set<NodeId> barred() throws IOException {
    Path folderOfProofs = folder.resolve("barred");
    if (!Files.isDirectory(folderOfProofs)) {
      return Set.of();
    }
    Set<NodeId> barred = new HashSet<>();
    try (Stream<Path> all = Files.list(folderOfProofs)) {
      for (Path file : all.toList()) {
        proven(file).ifPresent(barred::add);
      }
    }
    return barred;
  }

  /// Whom a file proves guilty; one that proves nothing bars nobody.
  private static Optional<NodeId> proven(Path file) {
    try {
      List<SignedEnvelope> both = TranscriptFile.read(file);
      if (both.size() != 2) {
        return Optional.empty();
      }
      new Contradiction(both.get(0), both.get(1)).prove();
      return Optional.of(both.get(0).signer());
    } catch (IOException | ProtocolException unproven) {
      return Optional.empty();
    }
  }
}
