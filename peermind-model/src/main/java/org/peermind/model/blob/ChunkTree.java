// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.security.MessageDigest;
import org.peermind.protocol.Sha256;

/// The tree of RFC 6962 section 2.1 over the chunks of a file: a leaf is one chunk of 1 MiB, the
/// last one shorter. The hashes lie one after the other in one array, 32 bytes each.
public final class ChunkTree {
  /// Bytes of a chunk, but for the last one.
  public static final int CHUNK_BYTES = 1 << 20;

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private ChunkTree() {}

  /// How many chunks a file of this length has.
  public static int chunks(long bytes) {
    return Math.toIntExact(Math.ceilDiv(bytes, (long) CHUNK_BYTES));
  }

  /// The hash of the chunk that lies in `bytes` from `offset` on.
  public static byte[] chunkHash(byte[] bytes, int offset, int length) {
    MessageDigest digest = Sha256.digest();
    digest.update(LEAF);
    digest.update(bytes, offset, length);
    return digest.digest();
  }

  /// The root over chunk hashes.
  ///
  /// @param hashes 32 bytes for each chunk; at least one chunk
  public static ChunkRoot root(byte[] hashes) {
    if (hashes.length == 0 || hashes.length % Sha256.BYTES != 0) {
      throw new IllegalArgumentException("A tree has at least one chunk hash of 32 bytes");
    }
    byte[] level = hashes.clone();
    MessageDigest digest = Sha256.digest();
    // A node without a sibling moves up as it is, which gives the tree of RFC 6962.
    for (int nodes = level.length / Sha256.BYTES; nodes > 1; nodes = (nodes + 1) / 2) {
      for (int node = 0; node < nodes; node += 2) {
        int from = node * Sha256.BYTES;
        int to = from / 2;
        if (node + 1 == nodes) {
          System.arraycopy(level, from, level, to, Sha256.BYTES);
        } else {
          digest.update(NODE);
          digest.update(level, from, 2 * Sha256.BYTES);
          System.arraycopy(digest.digest(), 0, level, to, Sha256.BYTES);
        }
      }
    }
    byte[] root = new byte[Sha256.BYTES];
    System.arraycopy(level, 0, root, 0, root.length);
    return ChunkRoot.ofBytes(root);
  }
}
