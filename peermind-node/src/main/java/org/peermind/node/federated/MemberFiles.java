// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;

/// What a member keeps of rounds: the transcript of the newest one, each message that it signed,
/// its update, which it must be able to give however often it starts again, and files that it
/// fetched. Safe for use by several threads.
///
/// A message is kept before it is sent. Who says a thing again says the same then: two different
/// words about one thing are proof against their author, who would be barred.
final class MemberFiles {
  private static final int DIGEST_CHARACTERS = 64;
  private static final String VECTOR = ".vector";

  /// Of other rounds than the one that it follows.
  private static final int SAYINGS_MAX = 256;

  private static final int MESSAGE_BYTES_MAX = TranscriptFile.MESSAGE_BYTES_MAX;

  private final Path folder;

  /// What a member says once in a round. (Giving its update follows from its commitment.)
  enum Saying {
    ENROLMENT,
    COMMIT,
    EVALUATION;

    private String ending() {
      return "." + name().toLowerCase(Locale.ROOT);
    }
  }

  MemberFiles(Path folder) {
    this.folder = folder;
  }

  BlobShelf shelf() {
    return new BlobShelf(folder.resolve("blobs"));
  }

  Path transcript(Digest round) {
    return folder.resolve("rounds").resolve(round.hex());
  }

  private Path vectorFile(Digest round) {
    return folder.resolve("rounds").resolve(round.hex() + VECTOR);
  }

  private Path file(Digest round, Saying saying) {
    return folder.resolve("rounds").resolve(round.hex() + saying.ending());
  }

  /// What this node signed about something.
  ///
  /// @throws IOException when it was changed on the disk: then nothing must be said in its place
  synchronized Optional<SignedEnvelope> said(Digest round, Saying saying) throws IOException {
    Path file = file(round, saying);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > MESSAGE_BYTES_MAX) {
      throw damaged(file);
    }
    try {
      return Optional.of(SignedEnvelope.ofBytes(Files.readAllBytes(file)));
    } catch (ProtocolException changed) {
      throw damaged(file);
    }
  }

  private static IOException damaged(Path file) {
    return new IOException("the file " + file + " is damaged, so this node sits the round out");
  }

  /// Keeps what this node is about to say, and answers what it says: what it signed first.
  synchronized SignedEnvelope keep(Digest round, Saying saying, SignedEnvelope message)
      throws IOException {
    Optional<SignedEnvelope> before = said(round, saying);
    if (before.isPresent()) {
      return before.get();
    }
    DurableFile.write(file(round, saying), message.wire().toByteArray());
    return message;
  }

  /// Binds this node to an update before it says so: both are on the disk when this returns. The
  /// first update stays the one.
  synchronized void bind(Digest round, byte[] update, SignedEnvelope commit) throws IOException {
    if (said(round, Saying.COMMIT).isPresent()) {
      return;
    }
    Digest name = shelf().put(update);
    DurableFile.write(vectorFile(round), name.hex().getBytes(StandardCharsets.US_ASCII));
    keep(round, Saying.COMMIT, commit);
  }

  /// The update that it is bound to; empty when it has none, or the disk changed it.
  synchronized Optional<byte[]> update(Digest round) throws IOException {
    return updateNamedIn(vectorFile(round));
  }

  private Optional<byte[]> updateNamedIn(Path file) throws IOException {
    if (!Files.exists(file) || Files.size(file) != DIGEST_CHARACTERS) {
      return Optional.empty();
    }
    try {
      String name = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII);
      return shelf().find(new Digest(name));
    } catch (IllegalArgumentException changed) {
      return Optional.empty();
    }
  }

  /// Deletes all updates that it is bound to.
  synchronized int deleteUpdates() throws IOException {
    int deleted = 0;
    for (Path file : inRounds()) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(VECTOR)) {
        Optional<byte[]> update = updateNamedIn(file);
        if (update.isPresent()) {
          Files.deleteIfExists(shelf().file(Digest.over(update.get())));
          deleted++;
        }
        Files.deleteIfExists(file);
      }
    }
    return deleted;
  }

  /// Deletes what belongs to other rounds than `round`, but not the last of the messages signed in
  /// them: an aggregator may come back to a round.
  synchronized void keepOnly(Digest round) throws IOException {
    Path rounds = folder.resolve("rounds");
    if (!Files.isDirectory(rounds)) {
      return;
    }
    List<Path> others;
    try (Stream<Path> all = Files.list(rounds)) {
      others = all.filter(file -> !nameOf(file).startsWith(round.hex())).toList();
    }
    Map<Path, FileTime> sayings = new HashMap<>();
    for (Path file : others) {
      if (isSaying(file)) {
        sayings.put(file, Files.getLastModifiedTime(file));
      } else {
        Files.deleteIfExists(file);
      }
    }
    List<Path> oldest =
        sayings.entrySet().stream()
            .sorted(Map.Entry.<Path, FileTime>comparingByValue().reversed())
            .skip(SAYINGS_MAX)
            .map(Map.Entry::getKey)
            .toList();
    for (Path file : oldest) {
      Files.deleteIfExists(file);
    }
  }

  private static boolean isSaying(Path file) {
    return Stream.of(Saying.values()).anyMatch(one -> nameOf(file).endsWith(one.ending()));
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  private List<Path> inRounds() throws IOException {
    Path rounds = folder.resolve("rounds");
    if (!Files.isDirectory(rounds)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(rounds)) {
      return all.toList();
    }
  }
}
