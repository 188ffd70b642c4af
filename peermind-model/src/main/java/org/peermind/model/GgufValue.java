// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One metadata value of a GGUF file.
public sealed interface GgufValue {
  /// The kinds of value (GGUF specification, `gguf_metadata_value_type`).
  enum Kind {
    UINT8(0, 1),
    INT8(1, 1),
    UINT16(2, 2),
    INT16(3, 2),
    UINT32(4, 4),
    INT32(5, 4),
    FLOAT32(6, 4),
    BOOL(7, 1),
    STRING(8, -1),
    ARRAY(9, -1),
    UINT64(10, 8),
    INT64(11, 8),
    FLOAT64(12, 8);

    private final int id;
    private final int bytes;

    Kind(int id, int bytes) {
      this.id = id;
      this.bytes = bytes;
    }

    /// The number that stands for this kind in a file.
    public int id() {
      return id;
    }

    /// The kind with this number, or empty when the number is unknown.
    static Optional<Kind> ofId(long id) {
      for (Kind kind : values()) {
        if (kind.id == id) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }

    /// The size of one value in bytes, or -1 where it varies.
    public int bytes() {
      return bytes;
    }
  }

  /// The kind under which this value is stored.
  Kind kind();

  /// A whole number or a truth value (0 or 1). An unsigned 64-bit number above the signed range is
  /// refused when the file is read.
  record Whole(Kind kind, long value) implements GgufValue {}

  /// A number with a fraction.
  record Fraction(Kind kind, double value) implements GgufValue {}

  /// A string.
  record Text(String value) implements GgufValue {
    @Override
    public Kind kind() {
      return Kind.STRING;
    }
  }

  /// An array, kept as the bytes of the file and decoded when asked: a hostile file must not turn
  /// 64 MiB of metadata into gigabytes of objects.
  final class Array implements GgufValue {
    private final Kind elementKind;
    private final int count;
    private final byte[] content;

    Array(Kind elementKind, int count, byte[] content) {
      this.elementKind = elementKind;
      this.count = count;
      this.content = content;
    }

    /// An array of strings.
    public static Array ofStrings(List<String> strings) {
      LittleEndianOutput content = new LittleEndianOutput();
      strings.forEach(content::string);
      return new Array(Kind.STRING, strings.size(), content.toByteArray());
    }

    /// An array of signed 32-bit numbers.
    public static Array ofInts(int[] numbers) {
      LittleEndianOutput content = new LittleEndianOutput();
      for (int number : numbers) {
        content.int32(number);
      }
      return new Array(Kind.INT32, numbers.length, content.toByteArray());
    }

    /// An array of 32-bit floats.
    public static Array ofFloats(float[] numbers) {
      LittleEndianOutput content = new LittleEndianOutput();
      for (float number : numbers) {
        content.int32(Float.floatToRawIntBits(number));
      }
      return new Array(Kind.FLOAT32, numbers.length, content.toByteArray());
    }

    @Override
    public Kind kind() {
      return Kind.ARRAY;
    }

    /// The kind of every element.
    public Kind elementKind() {
      return elementKind;
    }

    /// How many elements there are.
    public int count() {
      return count;
    }

    byte[] content() {
      return content;
    }

    /// The elements of an array of strings.
    ///
    /// @throws IllegalStateException when the elements are of another kind
    public List<String> strings() {
      require(Kind.STRING);
      ByteBuffer in = littleEndian(content);
      List<String> strings = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        int length = Math.toIntExact(in.getLong());
        strings.add(new String(content, in.position(), length, StandardCharsets.UTF_8));
        in.position(in.position() + length);
      }
      return List.copyOf(strings);
    }

    /// The elements of an array of signed 32-bit numbers.
    ///
    /// @throws IllegalStateException when the elements are of another kind
    public int[] ints() {
      require(Kind.INT32);
      int[] numbers = new int[count];
      littleEndian(content).asIntBuffer().get(numbers);
      return numbers;
    }

    /// The elements of an array of 32-bit floats.
    ///
    /// @throws IllegalStateException when the elements are of another kind
    public float[] floats() {
      require(Kind.FLOAT32);
      float[] numbers = new float[count];
      littleEndian(content).asFloatBuffer().get(numbers);
      return numbers;
    }

    private void require(Kind wanted) {
      if (elementKind != wanted) {
        throw new IllegalStateException("An array of " + elementKind + " holds no " + wanted);
      }
    }

    private static ByteBuffer littleEndian(byte[] content) {
      return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
