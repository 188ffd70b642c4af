// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.forward;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.governance.Digest;

/// The pool of directions that a digest names: each coordinate of each is +1 or -1. Coordinates
/// `256 b` to `256 b + 255` of direction `k` are the bits of the SHA-256 of
/// `peermind/v1/direction`, a zero byte, the 32 bytes of the digest, `k` and `b` (both four bytes,
/// big-endian); bit `i` is bit `i mod 8`, from the lowest, of byte `i / 8`, and 1 means +1.
///
/// Signs serve a random direction at least as well as normal values, whose length differs from one
/// to the next (Spall, IEEE Transactions on Automatic Control 37(3), 1992), and every machine draws
/// the same.
final class Directions {
  private static final byte[] DOMAIN = "peermind/v1/direction\0".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DRAW_DOMAIN = "peermind/v1/draw\0".getBytes(StandardCharsets.UTF_8);
  private static final int WORDS = Sha256.BYTES / Long.BYTES;

  private Directions() {}

  /// The signs of a direction, one bit each, from the lowest of the first word on.
  static long[] signs(Digest pool, int direction, int length) {
    long[] words = new long[(length + Long.SIZE - 1) / Long.SIZE];
    byte[] name = pool.toBytes();
    for (int block = 0; block * WORDS < words.length; block++) {
      byte[] place = ByteBuffer.allocate(2 * Integer.BYTES).putInt(direction).putInt(block).array();
      ByteBuffer hash =
          ByteBuffer.wrap(Sha256.of(DOMAIN, name, place)).order(ByteOrder.LITTLE_ENDIAN);
      for (int word = block * WORDS; word < words.length && hash.hasRemaining(); word++) {
        words[word] = hash.getLong();
      }
    }
    return words;
  }

  /// Whether a coordinate is +1.
  static boolean isUp(long[] signs, int coordinate) {
    return ((signs[coordinate / Long.SIZE] >>> (coordinate % Long.SIZE)) & 1) != 0;
  }

  /// Which of `count` directions a step takes: the first eight bytes of a SHA-256, big-endian and
  /// unsigned, modulo their number.
  static int drawn(Digest draws, int step, int count) {
    byte[] place = ByteBuffer.allocate(Integer.BYTES).putInt(step).array();
    long number = ByteBuffer.wrap(Sha256.of(DRAW_DOMAIN, draws.toBytes(), place)).getLong();
    return (int) Long.remainderUnsigned(number, count);
  }
}
