// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import org.peermind.protocol.ModelHash;

/// What a network agreed to about a model file, and all that a node must know to fetch it from
/// peers it does not trust.
///
/// @param sha256 of the whole file
/// @param bytes of the file, from 1 to [#BYTES_MAX]
/// @param root of the tree over its chunks
public record BlobName(ModelHash sha256, long bytes, ChunkRoot root) {
  /// 256 GiB; a manifest then has 8 MiB.
  public static final long BYTES_MAX = 1L << 38;

  public BlobName {
    if (bytes < 1 || bytes > BYTES_MAX) {
      throw new IllegalArgumentException(
          "A model has from 1 to %,d bytes, not %,d".formatted(BYTES_MAX, bytes));
    }
  }

  /// How many chunks the file has.
  public int chunks() {
    return ChunkTree.chunks(bytes);
  }

  /// The length of a chunk: 1 MiB, or what is left for the last one.
  public int chunkBytes(int chunk) {
    long offset = (long) chunk * ChunkTree.CHUNK_BYTES;
    if (chunk < 0 || offset >= bytes) {
      throw new IndexOutOfBoundsException("The model has no chunk " + chunk);
    }
    return (int) Math.min(ChunkTree.CHUNK_BYTES, bytes - offset);
  }
}
