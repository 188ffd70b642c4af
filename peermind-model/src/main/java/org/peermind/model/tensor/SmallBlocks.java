// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

/// Blocks of 32 elements: a half-precision scale, then the numbers.
final class SmallBlocks {
  private static final int ELEMENTS = 32;
  private static final int SCALE_BYTES = Short.BYTES;
  private static final int Q8_BYTES = SCALE_BYTES + ELEMENTS;
  private static final int Q4_BYTES = SCALE_BYTES + ELEMENTS / 2;
  private static final int Q4_ZERO = 8;

  private SmallBlocks() {}

  /// Q8_0: a signed byte for each element.
  static void q8(byte[] source, int blocks, float[] target, int offset) {
    for (int block = 0; block < blocks; block++) {
      int at = block * Q8_BYTES;
      int to = offset + block * ELEMENTS;
      float scale = BlockDecoder.half(source, at);
      for (int i = 0; i < ELEMENTS; i++) {
        target[to + i] = source[at + SCALE_BYTES + i] * scale;
      }
    }
  }

  /// Q4_0: byte `i` has element `i` in its lower and element `i + 16` in its upper half, 8 being
  /// zero.
  static void q4(byte[] source, int blocks, float[] target, int offset) {
    for (int block = 0; block < blocks; block++) {
      int at = block * Q4_BYTES;
      int to = offset + block * ELEMENTS;
      float scale = BlockDecoder.half(source, at);
      for (int i = 0; i < ELEMENTS / 2; i++) {
        int pair = source[at + SCALE_BYTES + i] & 0xff;
        target[to + i] = ((pair & 0xf) - Q4_ZERO) * scale;
        target[to + ELEMENTS / 2 + i] = ((pair >> 4) - Q4_ZERO) * scale;
      }
    }
  }
}
