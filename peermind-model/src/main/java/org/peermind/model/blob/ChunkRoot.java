// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.util.HexFormat;
import org.peermind.protocol.Sha256;

/// The root of the tree over a model's chunks, in lower-case hexadecimal (design section 10).
public record ChunkRoot(String hex) {
  public ChunkRoot {
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("A chunk root has 64 lower-case hexadecimal digits");
    }
  }

  /// @param root 32 bytes
  public static ChunkRoot ofBytes(byte[] root) {
    if (root.length != Sha256.BYTES) {
      throw new IllegalArgumentException("A chunk root has 32 bytes, not " + root.length);
    }
    return new ChunkRoot(HexFormat.of().formatHex(root));
  }

  public byte[] toBytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
