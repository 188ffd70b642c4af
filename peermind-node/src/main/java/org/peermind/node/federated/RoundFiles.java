// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
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
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;

/// Where an aggregator keeps its rounds: `rounds/NUMBER-DIGEST` are the transcripts, `gates/NUMBER`
/// the salt of each gate and the name of its items, `blobs/SHA256` the files, and `barred/NODE` the
/// proofs against members that contradicted themselves.
final class RoundFiles {
  private static final Pattern ROUND = Pattern.compile("([0-9]{8})-([0-9a-f]{64})");
  private static final Pattern GATE = Pattern.compile("([0-9a-f]{64}) ([0-9a-f]{64})\n");
  private static final int KEPT = 20;
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

  /// Where the transcript of a round is.
  Path place(long number, Digest id) {
    return folder.resolve("rounds").resolve("%08d-%s".formatted(number, id.hex()));
  }

  Optional<Path> newest() throws IOException {
    List<Kept> kept = kept();
    return kept.isEmpty() ? Optional.empty() : Optional.of(kept.getLast().file());
  }

  long newestNumber() throws IOException {
    List<Kept> kept = kept();
    return kept.isEmpty() ? 0 : kept.getLast().number();
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

  /// The newest transcripts; older ones are deleted.
  List<List<SignedEnvelope>> keptTranscripts() throws IOException {
    List<Kept> kept = kept();
    for (Kept old : kept.subList(0, Math.max(0, kept.size() - KEPT))) {
      Files.deleteIfExists(old.file());
    }
    List<List<SignedEnvelope>> transcripts = new ArrayList<>();
    for (Kept one : kept.subList(Math.max(0, kept.size() - KEPT), kept.size())) {
      transcripts.add(TranscriptFile.read(one.file()));
    }
    return transcripts;
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

  /// Draws the salt of a gate, or finds that which was drawn before the power failed.
  Gate beginGate(long number, Digest items) throws IOException {
    Path file = folder.resolve("gates").resolve("%08d".formatted(number));
    if (Files.exists(file)) {
      Gate before = gate(number);
      if (before.items().equals(items)) {
        return before;
      }
    }
    byte[] salt = new byte[32];
    new SecureRandom().nextBytes(salt);
    Gate gate = new Gate(Digest.over(salt), items);
    Files.createDirectories(file.getParent());
    Path part = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(part, gate.salt().hex() + " " + items.hex() + "\n", StandardCharsets.UTF_8);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    return gate;
  }

  /// The gate of a round that was opened.
  Gate gate(long number) throws IOException {
    Path file = folder.resolve("gates").resolve("%08d".formatted(number));
    if (Files.size(file) > GATE_BYTES_MAX) {
      throw new IOException("the gate's file " + file + " is damaged");
    }
    Matcher text = GATE.matcher(Files.readString(file, StandardCharsets.UTF_8));
    if (!text.matches()) {
      throw new IOException("the gate's file " + file + " is damaged");
    }
    return new Gate(new Digest(text.group(1)), new Digest(text.group(2)));
  }

  /// Keeps the proof against a member.
  void bar(NodeId member, Contradiction proof) throws IOException {
    Path file = folder.resolve("barred").resolve(member.toString());
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
        List<SignedEnvelope> both = TranscriptFile.read(file);
        try {
          if (both.size() == 2) {
            new Contradiction(both.get(0), both.get(1)).prove();
            barred.add(both.get(0).signer());
          }
        } catch (ProtocolException unproven) {
          // A file that proves nothing bars nobody.
        }
      }
    }
    return barred;
  }
}
