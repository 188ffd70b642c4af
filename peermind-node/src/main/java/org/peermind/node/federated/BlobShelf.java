// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.peermind.protocol.governance.Digest;

/// Files by their SHA-256: updates, aggregates, adapters, items. Each is written under another
/// name, forced to the disk and renamed, so that a name never stands for anything else than its
/// bytes.
final class BlobShelf {
  /// Largest file, in bytes: an update of the most coordinates.
  static final int BYTES_MAX = 64 << 20;

  private final Path folder;

  BlobShelf(Path folder) {
    this.folder = folder;
  }

  /// Keeps bytes, and answers their name.
  Digest put(byte[] bytes) throws IOException {
    if (bytes.length > BYTES_MAX) {
      throw new IOException("it has more than " + BYTES_MAX + " bytes");
    }
    Digest name = Digest.over(bytes);
    Path file = file(name);
    if (Files.exists(file)) {
      return name;
    }
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, "part-", "");
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException full) {
      Files.deleteIfExists(part);
      throw full;
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    return name;
  }

  /// The bytes of a name, checked; empty when they are not here or the disk changed them.
  Optional<byte[]> find(Digest name) throws IOException {
    Path file = file(name);
    if (!Files.isRegularFile(file) || Files.size(file) > BYTES_MAX) {
      return Optional.empty();
    }
    byte[] bytes = Files.readAllBytes(file);
    return Digest.over(bytes).equals(name) ? Optional.of(bytes) : Optional.empty();
  }

  boolean has(Digest name) {
    return Files.isRegularFile(file(name));
  }

  /// Where the file of a name is, or would be.
  Path file(Digest name) {
    return folder.resolve(name.hex());
  }

  /// Deletes all but `needed` and the files younger than `youngerThan`, which may be about to be
  /// named.
  void keepOnly(Set<Digest> needed, Instant youngerThan) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.sorted(Comparator.comparing(Path::toString)).toList();
    }
    for (Path file : files) {
      boolean isNeeded =
          needed.stream().anyMatch(name -> file.getFileName().toString().equals(name.hex()));
      FileTime changed = Files.getLastModifiedTime(file);
      if (!isNeeded && changed.toInstant().isBefore(youngerThan)) {
        Files.deleteIfExists(file);
      }
    }
  }
}
