// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.nio.ByteBuffer;
import org.peermind.protocol.governance.Digest;

/// Numbers that everybody draws alike: the 32-bit words of `SHA-256(seed || counter)`, the counter
/// in eight bytes, big-endian, from 0.
public final class DigestStream {
  private final byte[] seed;
  private ByteBuffer words = ByteBuffer.allocate(0);
  private long counter;

  public DigestStream(Digest seed) {
    this.seed = seed.toBytes();
  }

  /// The next number from 0 up to `bound`, without it; words that would favour some are left out.
  ///
  /// @param bound at least 1
  public int below(int bound) {
    long fair = (1L << 32) / bound * bound;
    while (true) {
      if (!words.hasRemaining()) {
        byte[] count = ByteBuffer.allocate(Long.BYTES).putLong(counter++).array();
        words = ByteBuffer.wrap(Digest.over(seed, count).toBytes());
      }
      long word = Integer.toUnsignedLong(words.getInt());
      if (word < fair) {
        return (int) (word % bound);
      }
    }
  }
}
