// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Writes a GGUF version 3 file with an alignment of 32 bytes: metadata first, then tensors, both
/// in the order in which they were added, so that equal input gives an equal file.
public final class GgufWriter {
  static final int MAGIC = 0x46554747; // "GGUF" read as a little-endian number
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;

  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private static final class Tensor {
    private final TensorType type;
    private final long[] dimensions;
    private final byte[] data;

    Tensor(TensorType type, long[] dimensions, byte[] data) {
      this.type = type;
      this.dimensions = dimensions;
      this.data = data;
    }
  }

  /// Adds a string.
  public GgufWriter put(String key, String value) {
    return put(key, new GgufValue.Text(value));
  }

  /// Adds an unsigned 32-bit number.
  public GgufWriter put(String key, int value) {
    return put(key, new GgufValue.Whole(GgufValue.Kind.UINT32, value));
  }

  /// Adds a 32-bit float.
  public GgufWriter put(String key, float value) {
    return put(key, new GgufValue.Fraction(GgufValue.Kind.FLOAT32, value));
  }

  /// Adds a truth value.
  public GgufWriter put(String key, boolean value) {
    return put(key, new GgufValue.Whole(GgufValue.Kind.BOOL, value ? 1 : 0));
  }

  /// Adds any value, arrays included.
  ///
  /// @throws IllegalArgumentException when the key is already there
  public GgufWriter put(String key, GgufValue value) {
    if (metadata.putIfAbsent(key, value) != null) {
      throw new IllegalArgumentException("The metadata key " + key + " is already there");
    }
    return this;
  }

  /// Adds a tensor of raw bytes. `dimensions` are in GGUF's order, the contiguous one first: a
  /// weight matrix that maps `in` numbers to `out` numbers is `{in, out}`.
  ///
  /// @throws IllegalArgumentException when the name is already there or the bytes do not fit the
  ///   shape
  public GgufWriter tensor(String name, TensorType type, long[] dimensions, byte[] data) {
    return own(name, type, dimensions, data.clone());
  }

  /// Adds a tensor of floats, stored as `type` (F32, F16, BF16 or Q8_0).
  public GgufWriter tensor(String name, TensorType type, long[] dimensions, float[] values) {
    return own(name, type, dimensions, TensorEncoding.encode(type, values));
  }

  private GgufWriter own(String name, TensorType type, long[] dimensions, byte[] data) {
    long elements = 1;
    for (long dimension : dimensions) {
      elements = Math.multiplyExact(elements, dimension);
    }
    long bytes = Math.multiplyExact(elements / type.blockElements(), (long) type.blockBytes());
    if (dimensions.length == 0
        || dimensions[0] % type.blockElements() != 0
        || bytes != data.length) {
      throw new IllegalArgumentException(
          "Tensor %s of type %s needs %d bytes in whole blocks, not %d"
              .formatted(name, type, bytes, data.length));
    }
    if (tensors.putIfAbsent(name, new Tensor(type, dimensions.clone(), data)) != null) {
      throw new IllegalArgumentException("The tensor " + name + " is already there");
    }
    return this;
  }

  /// Writes the file, replacing one that is there.
  public void write(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      byte[] head = head();
      out.write(head);
      pad(out, head.length);
      for (Tensor tensor : tensors.values()) {
        out.write(tensor.data);
        pad(out, tensor.data.length);
      }
    }
  }

  private byte[] head() {
    LittleEndianOutput head = new LittleEndianOutput();
    head.int32(MAGIC).int32(VERSION).int64(tensors.size()).int64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          head.string(key).int32(value.kind().id());
          append(head, value);
        });
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      head.string(entry.getKey()).int32(tensor.dimensions.length);
      for (long dimension : tensor.dimensions) {
        head.int64(dimension);
      }
      head.int32(tensor.type.id()).int64(offset);
      offset = aligned(offset + tensor.data.length);
    }
    return head.toByteArray();
  }

  private static void append(LittleEndianOutput out, GgufValue value) {
    switch (value) {
      case GgufValue.Whole(GgufValue.Kind kind, long number) -> out.number(number, kind.bytes());
      case GgufValue.Fraction(GgufValue.Kind kind, double number) -> {
        if (kind == GgufValue.Kind.FLOAT32) {
          out.int32(Float.floatToRawIntBits((float) number));
        } else {
          out.int64(Double.doubleToRawLongBits(number));
        }
      }
      case GgufValue.Text(String text) -> out.string(text);
      case GgufValue.Array array ->
          out.int32(array.elementKind().id()).int64(array.count()).raw(array.content());
    }
  }

  private static void pad(OutputStream out, long written) throws IOException {
    out.write(new byte[(int) (aligned(written) - written)]);
  }

  private static long aligned(long offset) {
    return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
