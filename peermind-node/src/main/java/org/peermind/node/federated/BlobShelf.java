// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.protocol.governance.Digest;

/// Files by their SHA-256: updates, aggregates, adapters, items. Each is written under another
/// name, forced to the disk and renamed, so that a name never stands for anything else than its
/// bytes.
final class BlobShelf {
  /// Largest file, in bytes: the state of an optimiser with two moments (three numbers of eight
  /// bytes) of the most coordinates, 2^24, and its head. An adapter has 256 MiB at most.
  static final int BYTES_MAX = (384 << 20) + 1_024;

  private final Path folder;

  /// A part of a file, as it is on the disk.
  ///
  /// @param total bytes of the whole file
  record Piece(long total, ByteBuffer bytes) {}

  BlobShelf(Path folder) {
    this.folder = folder;
  }

  /// Keeps bytes, and answers their name. What the disk made of the same file before is replaced.
  Digest put(byte[] bytes) throws IOException {
    if (bytes.length > BYTES_MAX) {
      throw new IOException("it has more than " + BYTES_MAX + " bytes");
    }
    Digest name = Digest.over(bytes);
    if (find(name).isEmpty()) {
      DurableFile.write(file(name), bytes);
    }
    return name;
  }

  /// Keeps a copy of what another node has: it is not forced to the disk, for what a power failure
  /// made of it is found out when it is read.
  void putCopy(byte[] bytes) throws IOException {
    Digest name = Digest.over(bytes);
    if (find(name).isEmpty()) {
      DurableFile.writeUnforced(file(name), bytes);
    }
  }

  /// Takes a finished file of this name's bytes over, from the same disk.
  void adopt(Path part, Digest name) throws IOException {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.createDirectories(folder);
    Files.move(part, file(name), StandardCopyOption.ATOMIC_MOVE);
    DurableFile.forceNames(folder);
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

  /// At most `bytesMax` bytes of a file from `offset` on, not checked: whoever puts the pieces
  /// together sees from the name whether they are right. Empty when there are none.
  Optional<Piece> piece(Digest name, long offset, int bytesMax) throws IOException {
    try (FileChannel channel = FileChannel.open(file(name), StandardOpenOption.READ)) {
      long total = channel.size();
      if (offset < 0 || offset >= total) {
        return Optional.empty();
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(bytesMax, total - offset));
      while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {
        // A file may give less at a time than it has.
      }
      return bytes.hasRemaining()
          ? Optional.empty()
          : Optional.of(new Piece(total, bytes.flip().asReadOnlyBuffer()));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
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
    Set<String> names = needed.stream().map(Digest::hex).collect(Collectors.toSet());
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.toList();
    }
    for (Path file : files) {
      if (!names.contains(String.valueOf(file.getFileName()))
          && isOlder(file, FileTime.from(youngerThan))) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static boolean isOlder(Path file, FileTime than) throws IOException {
    try {
      return Files.getLastModifiedTime(file).compareTo(than) < 0;
    } catch (NoSuchFileException renamed) {
      return false; // it was a part, and is whole now
    }
  }
}
