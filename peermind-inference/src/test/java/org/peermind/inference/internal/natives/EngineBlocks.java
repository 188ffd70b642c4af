// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.peermind.inference.EngineException;
import org.peermind.model.TensorType;

/// The engine's own encoding and decoding of blocks (`ggml_quantize_chunk` and the
/// `dequantize_row_*` of each type), in this process.
final class EngineBlocks {
  private final NativeSymbols symbols;
  private final MethodHandle quantize;

  private EngineBlocks(NativeSymbols symbols) throws EngineException {
    this.symbols = symbols;
    quantize =
        symbols.function(
            "ggml_quantize_chunk",
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS);
  }

  static EngineBlocks open(Path library) throws EngineException {
    return new EngineBlocks(NativeSymbols.open(library));
  }

  /// The blocks that the engine stores these numbers in, which are whole blocks.
  byte[] encode(TensorType type, float[] values) throws EngineException {
    long bytes = (long) values.length / type.blockElements() * type.blockBytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(JAVA_FLOAT, values);
      MemorySegment target = arena.allocate(bytes, 64);
      long written =
          (long)
              quantize.invokeExact(
                  type.id(), source, target, 0L, 1L, (long) values.length, MemorySegment.NULL);
      if (written != bytes) {
        throw new EngineException(
            "The engine wrote %d bytes of %s, not %d.".formatted(written, type, bytes));
      }
      return target.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    } catch (EngineException e) {
      throw e;
    } catch (Throwable e) {
      throw NativeSymbols.broken(e);
    }
  }

  /// What the engine reads from these blocks.
  float[] decode(TensorType type, byte[] blocks) throws EngineException {
    int count = blocks.length / type.blockBytes() * type.blockElements();
    MethodHandle decoder = symbols.procedure(decoder(type), ADDRESS, ADDRESS, JAVA_LONG);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(blocks.length, 64);
      source.copyFrom(MemorySegment.ofArray(blocks));
      MemorySegment target = arena.allocate(JAVA_FLOAT, count);
      decoder.invokeExact(source, target, (long) count);
      return target.toArray(JAVA_FLOAT);
    } catch (Throwable e) {
      throw NativeSymbols.broken(e);
    }
  }

  private static String decoder(TensorType type) {
    return switch (type) {
      case F16 -> "ggml_fp16_to_fp32_row";
      case BF16 -> "ggml_bf16_to_fp32_row";
      case Q8_0, Q4_0, Q4_K, Q5_K, Q6_K -> {
        String name = type.name();
        yield "dequantize_row_q" + name.substring(1);
      }
      default -> throw new IllegalArgumentException("No decoder of " + type + " is called here");
    };
  }
}
