// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;

/// What a member keeps of rounds: the transcript of the newest one, its own commitment and update,
/// which it must be able to give however often it starts again, and files that it fetched.
final class MemberFiles {
  private static final int DIGEST_CHARACTERS = 64;

  private final Path folder;

  MemberFiles(Path folder) {
    this.folder = folder;
  }

  BlobShelf shelf() {
    return new BlobShelf(folder.resolve("blobs"));
  }

  Path transcript(Digest round) {
    return folder.resolve("rounds").resolve(round.hex());
  }

  private Path commitFile(Digest round) {
    return folder.resolve("rounds").resolve(round.hex() + ".commit");
  }

  private Path vectorFile(Digest round) {
    return folder.resolve("rounds").resolve(round.hex() + ".vector");
  }

  /// Binds this node to an update before it says so: both are on the disk when this returns.
  void bind(Digest round, byte[] update, SignedEnvelope commit) throws IOException {
    Digest name = shelf().put(update);
    Path file = vectorFile(round);
    Files.createDirectories(folder.resolve("rounds"));
    Path part = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(part, name.hex(), StandardCharsets.US_ASCII);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (TranscriptFile sealed = TranscriptFile.open(commitFile(round))) {
      if (sealed.messages().isEmpty()) {
        sealed.append(commit);
      }
    }
  }

  /// The commitment that this node is bound to.
  Optional<SignedEnvelope> commit(Digest round) throws IOException {
    Path file = commitFile(round);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<SignedEnvelope> sealed = TranscriptFile.read(file);
    return sealed.isEmpty() ? Optional.empty() : Optional.of(sealed.getFirst());
  }

  /// The update that it is bound to.
  Optional<byte[]> update(Digest round) throws IOException {
    Path file = vectorFile(round);
    if (!Files.exists(file) || Files.size(file) != DIGEST_CHARACTERS) {
      return Optional.empty();
    }
    return shelf().find(new Digest(Files.readString(file, StandardCharsets.US_ASCII)));
  }

  /// Deletes what belongs to other rounds than `round`.
  void keepOnly(Digest round) throws IOException {
    Path rounds = folder.resolve("rounds");
    if (!Files.isDirectory(rounds)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(rounds)) {
      files = all.toList();
    }
    for (Path file : files) {
      if (!String.valueOf(file.getFileName()).startsWith(round.hex())) {
        Files.deleteIfExists(file);
      }
    }
  }
}
