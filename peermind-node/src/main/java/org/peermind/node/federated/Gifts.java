// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.governance.Digest;

/// Updates that are on their way to the aggregator, one of each member at a time, each in a file:
/// memory holds none of them. One that is whole and right goes to the shelf; one that was cut off
/// is given again from its beginning. Safe for use by several threads.
final class Gifts {
  private final Path folder;
  private final BlobShelf shelf;
  private final Map<NodeId, Gift> coming = new ConcurrentHashMap<>();

  /// What became of a piece.
  enum Piece {
    /// It was taken; more is to come.
    TAKEN,
    /// It was the last, and the update is on the shelf.
    WHOLE,
    /// It does not follow the piece before.
    MISPLACED,
    /// It was the last, and the update is another than was promised.
    WRONG
  }

  private static final class Gift {
    final Digest round;
    final Path file;
    final MessageDigest digest = Sha256.digest();
    long length;

    Gift(Digest round, Path file) {
      this.round = round;
      this.file = file;
    }
  }

  /// Begins with none; what a run before left in the folder is deleted.
  Gifts(Path folder, BlobShelf shelf) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.shelf = shelf;
    List<Path> left;
    try (Stream<Path> all = Files.list(folder)) {
      left = all.toList();
    }
    for (Path file : left) {
      Files.deleteIfExists(file);
    }
  }

  /// Takes a piece; pieces come in order, and from the first byte on again after an interruption.
  ///
  /// @param total bytes that the whole update has
  /// @param promised whether a vector of this name is what its author is bound to
  /// @throws IOException when the disk takes it not; the update is then to be given again
  Piece take(
      NodeId member, Digest round, long offset, byte[] data, long total, Predicate<Digest> promised)
      throws IOException {
    Gift gift = begunOrGoingOn(member, round, offset);
    synchronized (gift) {
      boolean isNext =
          offset == gift.length && data.length > 0 && data.length <= total - gift.length;
      if (!isNext) {
        forget(member, gift);
        return Piece.MISPLACED;
      }
      try {
        append(gift, data);
        if (gift.length < total) {
          return Piece.TAKEN;
        }
        Digest vector = new Digest(HexFormat.of().formatHex(gift.digest.digest()));
        if (promised.test(vector)) {
          shelf.adopt(gift.file, vector);
        }
        forget(member, gift);
        return promised.test(vector) ? Piece.WHOLE : Piece.WRONG;
      } catch (IOException full) {
        forget(member, gift); // nobody knows what its file holds
        throw full;
      }
    }
  }

  private Gift begunOrGoingOn(NodeId member, Digest round, long offset) throws IOException {
    try {
      return coming.compute(
          member,
          (_, before) ->
              before == null || offset == 0 || !before.round.equals(round)
                  ? begun(round, before)
                  : before);
    } catch (UncheckedIOException full) {
      throw new IOException(full);
    }
  }

  private Gift begun(Digest round, @Nullable Gift before) {
    try {
      if (before != null) {
        Files.deleteIfExists(before.file);
      }
      return new Gift(round, Files.createTempFile(folder, DurableFile.UNFINISHED, ""));
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
  }

  private static void append(Gift gift, byte[] data) throws IOException {
    try (FileChannel channel = FileChannel.open(gift.file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(data);
      while (bytes.hasRemaining()) {
        channel.write(bytes, gift.length + bytes.position());
      }
    }
    gift.digest.update(data);
    gift.length += data.length;
  }

  private void forget(NodeId member, Gift gift) throws IOException {
    coming.remove(member, gift);
    Files.deleteIfExists(gift.file);
  }

  /// Deletes all that is not whole.
  void clear() throws IOException {
    for (Map.Entry<NodeId, Gift> one : Map.copyOf(coming).entrySet()) {
      forget(one.getKey(), one.getValue());
    }
  }
}
