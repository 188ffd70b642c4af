// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

/// Blocks of 256 elements with scales of their parts (ggml's K-quants).
///
/// Q4_K and Q5_K have eight parts of 32 elements, each with a scale and a minimum of 6 bits, which
/// a half-precision scale and minimum of the whole block multiply: `value = (scale * part scale) *
/// number - (minimum * part minimum)`. Q6_K has sixteen parts of 16 elements with a signed byte as
/// scale, and numbers from -32 to 31.
final class SuperBlocks {
  private static final int ELEMENTS = 256;
  private static final int PART = 32;

  private static final int SCALES_AT = 2 * Short.BYTES;
  private static final int SCALES_BYTES = 12;
  private static final int Q4_NIBBLES_AT = SCALES_AT + SCALES_BYTES;
  private static final int Q4_BYTES = Q4_NIBBLES_AT + ELEMENTS / 2;
  private static final int Q5_HIGH_AT = SCALES_AT + SCALES_BYTES;
  private static final int Q5_NIBBLES_AT = Q5_HIGH_AT + ELEMENTS / 8;
  private static final int Q5_BYTES = Q5_NIBBLES_AT + ELEMENTS / 2;

  private static final int Q6_HIGH_AT = ELEMENTS / 2;
  private static final int Q6_SCALES_AT = Q6_HIGH_AT + ELEMENTS / 4;
  private static final int Q6_PART = 16;
  private static final int Q6_SCALE_AT = Q6_SCALES_AT + ELEMENTS / Q6_PART;
  private static final int Q6_BYTES = Q6_SCALE_AT + Short.BYTES;
  private static final int Q6_ZERO = 32;

  private SuperBlocks() {}

  static void q4(byte[] source, int blocks, float[] target, int offset) {
    for (int block = 0; block < blocks; block++) {
      int at = block * Q4_BYTES;
      float scale = BlockDecoder.half(source, at);
      float minimum = BlockDecoder.half(source, at + Short.BYTES);
      for (int part = 0; part < ELEMENTS / PART; part++) {
        float partScale = scale * partScale(source, at + SCALES_AT, part);
        float partMinimum = minimum * partMinimum(source, at + SCALES_AT, part);
        int nibbles = at + Q4_NIBBLES_AT + part / 2 * PART;
        int shift = part % 2 * 4;
        int to = offset + block * ELEMENTS + part * PART;
        for (int i = 0; i < PART; i++) {
          int number = (source[nibbles + i] >> shift) & 0xf;
          target[to + i] = partScale * number - partMinimum;
        }
      }
    }
  }

  /// As [#q4], with a fifth bit: bit `part` of byte `i` belongs to element `i` of the part.
  static void q5(byte[] source, int blocks, float[] target, int offset) {
    for (int block = 0; block < blocks; block++) {
      int at = block * Q5_BYTES;
      float scale = BlockDecoder.half(source, at);
      float minimum = BlockDecoder.half(source, at + Short.BYTES);
      for (int part = 0; part < ELEMENTS / PART; part++) {
        float partScale = scale * partScale(source, at + SCALES_AT, part);
        float partMinimum = minimum * partMinimum(source, at + SCALES_AT, part);
        int nibbles = at + Q5_NIBBLES_AT + part / 2 * PART;
        int shift = part % 2 * 4;
        int to = offset + block * ELEMENTS + part * PART;
        for (int i = 0; i < PART; i++) {
          int high = (source[at + Q5_HIGH_AT + i] >> part) & 1;
          int number = ((source[nibbles + i] >> shift) & 0xf) | (high << 4);
          target[to + i] = partScale * number - partMinimum;
        }
      }
    }
  }

  /// Each half of the block has 64 bytes of lower four bits and 32 bytes of upper two; a quarter of
  /// a half (32 elements) takes the lower or upper nibbles of 32 of them, and two bits of each of
  /// the other.
  static void q6(byte[] source, int blocks, float[] target, int offset) {
    for (int block = 0; block < blocks; block++) {
      int at = block * Q6_BYTES;
      float scale = BlockDecoder.half(source, at + Q6_SCALE_AT);
      for (int part = 0; part < ELEMENTS / PART; part++) {
        int half = part / 4;
        int quarter = part % 4;
        int nibbles = at + half * 64 + quarter % 2 * PART;
        int nibbleShift = quarter / 2 * 4;
        int highs = at + Q6_HIGH_AT + half * PART;
        int scales = at + Q6_SCALES_AT + 2 * part;
        int to = offset + block * ELEMENTS + part * PART;
        for (int i = 0; i < PART; i++) {
          int low = (source[nibbles + i] >> nibbleShift) & 0xf;
          int high = (source[highs + i] >> (2 * quarter)) & 3;
          float partScale = scale * source[scales + i / Q6_PART];
          target[to + i] = partScale * ((low | (high << 4)) - Q6_ZERO);
        }
      }
    }
  }

  /// The twelve bytes hold eight scales and eight minimums of 6 bits: bytes 0 to 3 the scales of
  /// parts 0 to 3, bytes 4 to 7 their minimums, bytes 8 to 11 four bits of a scale and four of a
  /// minimum of parts 4 to 7, whose upper two bits are those of the bytes before.
  private static int partScale(byte[] source, int at, int part) {
    return part < 4
        ? source[at + part] & 0x3f
        : (source[at + part + 4] & 0xf) | ((source[at + part - 4] & 0xc0) >> 2);
  }

  private static int partMinimum(byte[] source, int at, int part) {
    return part < 4
        ? source[at + part + 4] & 0x3f
        : ((source[at + part + 4] >> 4) & 0xf) | ((source[at + part] & 0xc0) >> 2);
  }
}
