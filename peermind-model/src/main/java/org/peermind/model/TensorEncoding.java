// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Turns 32-bit floats into the bytes of a tensor, for the four types that this program writes:
/// F32, F16, BF16 and Q8_0.
public final class TensorEncoding {
  private static final int Q8_0_MAX = 127;
  private static final int QUIET = 1 << 6;

  private TensorEncoding() {}

  /// The bytes of `values` in `type`, in the order given.
  ///
  /// @throws IllegalArgumentException when the type is not one of the four, or the count is not a
  ///   multiple of its block
  public static byte[] encode(TensorType type, float[] values) {
    if (values.length % type.blockElements() != 0) {
      throw new IllegalArgumentException(
          "%s holds blocks of %d elements, and %d is no multiple of that"
              .formatted(type, type.blockElements(), values.length));
    }
    int bytes = Math.multiplyExact(values.length / type.blockElements(), type.blockBytes());
    ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case F32 -> {
        for (float value : values) {
          out.putFloat(value);
        }
      }
      case F16 -> {
        for (float value : values) {
          out.putShort(Float.floatToFloat16(value));
        }
      }
      case BF16 -> {
        for (float value : values) {
          out.putShort(bf16(value));
        }
      }
      case Q8_0 -> {
        for (int start = 0; start < values.length; start += type.blockElements()) {
          putQ8Block(out, values, start, type.blockElements());
        }
      }
      default ->
          throw new IllegalArgumentException(
              "Only F32, F16, BF16 and Q8_0 can be written, not " + type);
    }
    return out.array();
  }

  /// The upper half of a float, rounded to nearest, ties to even; what is no number stays none.
  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | QUIET);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /// One Q8_0 block: a half-precision scale, then one signed byte for each element.
  private static void putQ8Block(ByteBuffer out, float[] values, int start, int count) {
    float largest = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(values[start + i]));
    }
    float scale = largest / Q8_0_MAX;
    float inverse = scale == 0 ? 0 : 1 / scale;
    out.putShort(Float.floatToFloat16(scale));
    for (int i = 0; i < count; i++) {
      out.put((byte) Math.round(values[start + i] * inverse));
    }
  }
}
