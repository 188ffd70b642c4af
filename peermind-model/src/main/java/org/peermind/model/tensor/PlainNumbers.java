// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Numbers that stand alone: a block is one element.
final class PlainNumbers {
  private static final VarHandle LITTLE_INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private PlainNumbers() {}

  static void f32(byte[] source, int blocks, float[] target, int offset) {
    for (int i = 0; i < blocks; i++) {
      target[offset + i] = Float.intBitsToFloat((int) LITTLE_INT.get(source, i * Float.BYTES));
    }
  }

  static void f16(byte[] source, int blocks, float[] target, int offset) {
    for (int i = 0; i < blocks; i++) {
      target[offset + i] = BlockDecoder.half(source, i * Short.BYTES);
    }
  }

  /// The upper half of a 32-bit float.
  static void bf16(byte[] source, int blocks, float[] target, int offset) {
    for (int i = 0; i < blocks; i++) {
      short upper = (short) BlockDecoder.LITTLE_SHORT.get(source, i * Short.BYTES);
      target[offset + i] = Float.intBitsToFloat(upper << 16);
    }
  }
}
