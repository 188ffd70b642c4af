// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.peermind.model.TensorType;

/// Decodes the blocks of a tensor into 32-bit floats: F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K and
/// Q6_K, as the GGUF specification and ggml's block layouts have them.
///
/// In every one of these formats the product of scales and number fits the 24 bits of a float
/// exactly (at most 11 bits of the half-precision scale, 7 of the block's and 5 of the number), so
/// that at most one rounding is left, that of the last subtraction. Decoders that fuse operations
/// and those that do not, the engine's among them, hence agree bit for bit.
public final class Dequantisation {
  /// How much is copied to the heap at once.
  private static final int CHUNK_BYTES = 1 << 14;

  private static final Map<TensorType, BlockDecoder> DECODERS = decoders();

  private Dequantisation() {}

  private static Map<TensorType, BlockDecoder> decoders() {
    Map<TensorType, BlockDecoder> decoders = new EnumMap<>(TensorType.class);
    decoders.put(TensorType.F32, PlainNumbers::f32);
    decoders.put(TensorType.F16, PlainNumbers::f16);
    decoders.put(TensorType.BF16, PlainNumbers::bf16);
    decoders.put(TensorType.Q8_0, SmallBlocks::q8);
    decoders.put(TensorType.Q4_0, SmallBlocks::q4);
    decoders.put(TensorType.Q4_K, SuperBlocks::q4);
    decoders.put(TensorType.Q5_K, SuperBlocks::q5);
    decoders.put(TensorType.Q6_K, SuperBlocks::q6);
    return Collections.unmodifiableMap(decoders);
  }

  /// Whether blocks of this type can be decoded.
  public static boolean supports(TensorType type) {
    return DECODERS.containsKey(type);
  }

  /// The types that can be decoded.
  public static Set<TensorType> supported() {
    return DECODERS.keySet();
  }

  /// How many bytes `count` elements take.
  ///
  /// @throws IllegalArgumentException when `count` is negative or no whole number of blocks
  public static long bytes(TensorType type, long count) {
    if (count < 0 || count % type.blockElements() != 0) {
      throw new IllegalArgumentException(
          "%s holds blocks of %d elements, and %d is no multiple of that"
              .formatted(type, type.blockElements(), count));
    }
    return Math.multiplyExact(count / type.blockElements(), (long) type.blockBytes());
  }

  /// Decodes `count` elements into `target[offset]` to `target[offset + count - 1]`.
  ///
  /// @param source exactly the blocks of these elements, on the heap or off it, in any alignment
  /// @throws IllegalArgumentException when the type is not supported, or `source` has not exactly
  ///   the bytes that `count` elements take
  /// @throws IndexOutOfBoundsException when `target` has not room for them at `offset`
  public static void decode(
      TensorType type, MemorySegment source, float[] target, int offset, int count) {
    BlockDecoder decoder = DECODERS.get(type);
    if (decoder == null) {
      throw new IllegalArgumentException(
          "Tensors of type %s cannot be decoded, only those of %s".formatted(type, supported()));
    }
    long bytes = bytes(type, count);
    if (source.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "%d elements of type %s take %d bytes, not %d"
              .formatted(count, type, bytes, source.byteSize()));
    }
    Objects.checkFromIndexSize(offset, count, target.length);
    int blocksAtOnce = CHUNK_BYTES / type.blockBytes();
    byte[] chunk = new byte[(int) Math.min(bytes, (long) blocksAtOnce * type.blockBytes())];
    int blocks = count / type.blockElements();
    for (int done = 0; done < blocks; done += blocksAtOnce) {
      int now = Math.min(blocksAtOnce, blocks - done);
      long at = (long) done * type.blockBytes();
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, at, chunk, 0, now * type.blockBytes());
      decoder.decode(chunk, now, target, offset + done * type.blockElements());
    }
  }
}
