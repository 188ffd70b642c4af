// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Decodes blocks of one type that lie one after the other from the beginning of an array.
@FunctionalInterface
interface BlockDecoder {
  /// Two bytes of an array as a little-endian number, at any index.
  VarHandle LITTLE_SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /// @param blocks how many blocks of `source` are decoded
  /// @param offset where in `target` the first element goes; there is room for all of them
  void decode(byte[] source, int blocks, float[] target, int offset);

  /// The half-precision number at `index`.
  static float half(byte[] source, int index) {
    return Float.float16ToFloat((short) LITTLE_SHORT.get(source, index));
  }
}
