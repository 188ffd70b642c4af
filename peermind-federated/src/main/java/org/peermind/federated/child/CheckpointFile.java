// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.governance.Digest;

/// Keeps a run's [Checkpoint] on the disk, little-endian: the magic `PMCKPT1\n`, the digest of the
/// task, the numbers of the checkpoint, three times as many floats as there are coordinates, and
/// the SHA-256 of all that.
///
/// What is written gets its name only when it is on the disk for good, so that a loss of power at
/// any moment leaves the last checkpoint or the new one.
final class CheckpointFile {
  private static final byte[] MAGIC = "PMCKPT1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES =
      MAGIC.length + Sha256.BYTES + 2 * Integer.BYTES + 2 * Long.BYTES + 2 * Double.BYTES;
  private static final int CHUNK_FLOATS = 1 << 14;
  private static final String UNFINISHED = ".part";
  private static final String SET_ASIDE = ".set-aside";

  private final Path file;
  private final Digest task;
  private final int length;

  /// @param task of which checkpoints are kept here
  /// @param length number of coordinates
  CheckpointFile(Path file, Digest task, int length) {
    this.file = file;
    this.task = task;
    this.length = length;
  }

  /// What was kept, or why nothing can be gone on with.
  sealed interface Found {
    /// Nothing was kept.
    record Nothing() implements Found {}

    /// A checkpoint of this task.
    record Kept(Checkpoint checkpoint) implements Found {}

    /// What is there is damaged or of another task.
    record Unusable(String fault) implements Found {}
  }

  /// Looks for a checkpoint.
  Found find() throws IOException {
    if (!Files.exists(file)) {
      return new Found.Nothing();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long bytes = HEAD_BYTES + 3L * length * Float.BYTES + Sha256.BYTES;
      MessageDigest digest = Sha256.digest();
      Optional<ByteBuffer> head = read(channel, HEAD_BYTES, digest);
      if (head.isEmpty()) {
        return new Found.Unusable("is damaged");
      }
      ByteBuffer fields = head.get();
      byte[] magic = new byte[MAGIC.length];
      byte[] itsTask = new byte[Sha256.BYTES];
      fields.get(magic).get(itsTask);
      if (!Arrays.equals(magic, MAGIC)) {
        return new Found.Unusable("is damaged");
      }
      if (!Arrays.equals(itsTask, task.toBytes())) {
        return new Found.Unusable("is of another task");
      }
      if (channel.size() != bytes || fields.getInt() != length) {
        return new Found.Unusable("is damaged");
      }
      Checkpoint checkpoint =
          new Checkpoint(
              fields.getInt(),
              fields.getLong(),
              fields.getLong(),
              fields.getDouble(),
              fields.getDouble(),
              floats(channel, digest),
              floats(channel, digest),
              floats(channel, digest));
      byte[] computed = digest.digest();
      byte[] stated = new byte[Sha256.BYTES];
      read(channel, Sha256.BYTES, Sha256.digest()).orElseThrow(IOException::new).get(stated);
      return Arrays.equals(computed, stated)
          ? new Found.Kept(checkpoint)
          : new Found.Unusable("is damaged");
    }
  }

  private float[] floats(FileChannel channel, MessageDigest digest) throws IOException {
    float[] values = new float[length];
    for (int from = 0; from < length; from += CHUNK_FLOATS) {
      int count = Math.min(CHUNK_FLOATS, length - from);
      read(channel, count * Float.BYTES, digest)
          .orElseThrow(IOException::new)
          .asFloatBuffer()
          .get(values, from, count);
    }
    return values;
  }

  /// The next bytes, or empty when the file ends before.
  private static Optional<ByteBuffer> read(FileChannel channel, int count, MessageDigest digest)
      throws IOException {
    ByteBuffer bytes = little(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        return Optional.empty();
      }
    }
    digest.update(bytes.flip().duplicate());
    return Optional.of(bytes);
  }

  /// Gives what is there another name, so that it is neither used nor lost.
  Path setAside() throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + SET_ASIDE);
    Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    return aside;
  }

  /// Keeps a checkpoint in the place of the last one, on the disk for good when this returns.
  void keep(Checkpoint checkpoint) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("A checkpoint needs a folder");
    }
    Path part = file.resolveSibling(file.getFileName() + UNFINISHED);
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      MessageDigest digest = Sha256.digest();
      write(
          channel,
          digest,
          little(HEAD_BYTES)
              .put(MAGIC)
              .put(task.toBytes())
              .putInt(length)
              .putInt(checkpoint.step())
              .putLong(checkpoint.position())
              .putLong(checkpoint.tokens())
              .putDouble(checkpoint.firstLoss())
              .putDouble(checkpoint.lastLoss()));
      write(channel, digest, checkpoint.coordinates());
      write(channel, digest, checkpoint.means());
      write(channel, digest, checkpoint.squares());
      write(channel, Sha256.digest(), little(Sha256.BYTES).put(digest.digest()));
      channel.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
      entries.force(true);
    }
  }

  private static void write(FileChannel channel, MessageDigest digest, float[] values)
      throws IOException {
    for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
      int count = Math.min(CHUNK_FLOATS, values.length - from);
      ByteBuffer bytes = little(count * Float.BYTES);
      bytes.asFloatBuffer().put(values, from, count);
      write(channel, digest, bytes.position(bytes.limit()));
    }
  }

  private static void write(FileChannel channel, MessageDigest digest, ByteBuffer filled)
      throws IOException {
    digest.update(filled.flip().duplicate());
    while (filled.hasRemaining()) {
      channel.write(filled);
    }
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
