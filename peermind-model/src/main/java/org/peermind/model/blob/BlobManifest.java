// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Sha256;

/// The hash of every chunk of a model. Its bytes are a mark, the hash of the file, the length as 8
/// bytes big-endian, and 32 bytes for each chunk; the root is computed, never believed.
public final class BlobManifest {
  /// Largest encoded manifest.
  public static final int BYTES_MAX =
      BlobManifest.HEADER_BYTES + ChunkTree.chunks(BlobName.BYTES_MAX) * Sha256.BYTES;

  private static final long MARK = 0x504d_424c_4f42_0001L; // PMBLOB, version 1
  private static final int HEADER_BYTES = 8 + Sha256.BYTES + 8;

  private final BlobName name;
  private final byte[] hashes;

  private BlobManifest(ModelHash sha256, long bytes, byte[] hashes) {
    this.name = new BlobName(sha256, bytes, ChunkTree.root(hashes));
    this.hashes = hashes;
  }

  /// Reads a whole file once and computes both its hash and those of its chunks.
  ///
  /// @param read hears how many bytes were read
  /// @throws BlobException when the file is empty or too long, or shrinks or grows meanwhile
  public static BlobManifest of(Path file, LongConsumer read) throws IOException, BlobException {
    long bytes = Files.size(file);
    if (bytes < 1 || bytes > BlobName.BYTES_MAX) {
      throw new BlobException("the file has %,d bytes".formatted(bytes));
    }
    byte[] hashes = new byte[ChunkTree.chunks(bytes) * Sha256.BYTES];
    MessageDigest whole = Sha256.digest();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] chunk = new byte[ChunkTree.CHUNK_BYTES];
      long done = 0;
      for (int at = 0; at < hashes.length; at += Sha256.BYTES) {
        int length = in.readNBytes(chunk, 0, chunk.length);
        whole.update(chunk, 0, length);
        System.arraycopy(ChunkTree.chunkHash(chunk, 0, length), 0, hashes, at, Sha256.BYTES);
        done += length;
        read.accept(done);
      }
      if (done != bytes || in.read() >= 0) {
        throw new BlobException("the file changes while it is read");
      }
    }
    return new BlobManifest(new ModelHash(HexFormat.of().formatHex(whole.digest())), bytes, hashes);
  }

  /// Reads what [#toBytes] wrote. Whether it is the right one, the caller tells by [#name].
  public static BlobManifest parse(byte[] encoded) throws BlobException {
    if (encoded.length < HEADER_BYTES || encoded.length > BYTES_MAX) {
      throw new BlobException("a manifest of %,d bytes is none".formatted(encoded.length));
    }
    ByteBuffer in = ByteBuffer.wrap(encoded);
    if (in.getLong() != MARK) {
      throw new BlobException("a manifest begins otherwise");
    }
    byte[] sha256 = new byte[Sha256.BYTES];
    in.get(sha256);
    long bytes = in.getLong();
    if (bytes < 1
        || bytes > BlobName.BYTES_MAX
        || in.remaining() != ChunkTree.chunks(bytes) * Sha256.BYTES) {
      throw new BlobException(
          "a manifest of %,d bytes does not fit a model of %,d".formatted(encoded.length, bytes));
    }
    byte[] hashes = new byte[in.remaining()];
    in.get(hashes);
    return new BlobManifest(new ModelHash(HexFormat.of().formatHex(sha256)), bytes, hashes);
  }

  /// How many bytes the manifest of a model has.
  public static int encodedBytes(BlobName name) {
    return HEADER_BYTES + name.chunks() * Sha256.BYTES;
  }

  public byte[] toBytes() {
    return ByteBuffer.allocate(HEADER_BYTES + hashes.length)
        .putLong(MARK)
        .put(name.sha256().toBytes())
        .putLong(name.bytes())
        .put(hashes)
        .array();
  }

  public BlobName name() {
    return name;
  }

  /// Whether these bytes are the chunk, to the last bit and with the right length.
  public boolean isChunk(int chunk, byte[] bytes, int length) {
    if (length != name.chunkBytes(chunk)) {
      return false;
    }
    int at = chunk * Sha256.BYTES;
    return Arrays.equals(
        ChunkTree.chunkHash(bytes, 0, length), 0, Sha256.BYTES, hashes, at, at + Sha256.BYTES);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlobManifest manifest
        && name.equals(manifest.name)
        && Arrays.equals(hashes, manifest.hashes);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return "BlobManifest[" + name + "]";
  }
}
