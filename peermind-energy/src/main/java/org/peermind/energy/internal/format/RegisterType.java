// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How registers make up one value. The marks for "not implemented" are those of the SunSpec
/// Information Model Specification, section 4.3 (types); most makers use the same.
enum RegisterType {
  INT16(1),
  UINT16(1),
  INT32(2),
  UINT32(2),
  INT64(4),
  UINT64(4),
  /// Counters: SunSpec marks one that is not implemented by 0.
  ACC32(2),
  ACC64(4),
  FLOAT32(2),
  FLOAT64(4),
  ENUM16(1),
  ENUM32(2),
  /// A list of the numbers of the bits that are set.
  BITFIELD16(1),
  BITFIELD32(2),
  SUNSSF(1),
  STRING(8);

  /// Values of this magnitude and more stand for "no value" in floats.
  private static final double FLOAT_MAX = 3.4e38;

  private static final int SCALE_MAX = 10;

  private final int width;

  RegisterType(int width) {
    this.width = width;
  }

  /// The number of registers; for [#STRING] unless the point says otherwise.
  int width() {
    return width;
  }

  static Optional<RegisterType> of(String word) {
    String upper = word.toUpperCase(Locale.ROOT);
    return Arrays.stream(values()).filter(type -> type.name().equals(upper)).findFirst();
  }

  static List<String> words() {
    return Arrays.stream(values()).map(type -> type.name().toLowerCase(Locale.ROOT)).toList();
  }

  /// The value before scaling: a Long, a Double, a String or a list of bit numbers; null when the
  /// device marks it as not known.
  ///
  /// @param words high word first
  @Nullable Object value(List<Integer> words) {
    if (this == STRING) {
      return text(words);
    }
    long bits = 0;
    for (int word : words) {
      bits = (bits << 16) | word;
    }
    return switch (this) {
      case INT16, SUNSSF -> signed(bits, 16);
      case INT32 -> bits == 0x7FFF_FFFFL ? null : signed(bits, 32);
      case INT64 -> bits == Long.MIN_VALUE ? null : (Object) bits;
      case UINT16, ENUM16 -> bits == 0xFFFF ? null : (Object) bits;
      case UINT32, ENUM32 -> bits == 0xFFFF_FFFFL || bits == 0x8000_0000L ? null : (Object) bits;
      case UINT64 -> bits < 0 ? null : (Object) bits;
      case ACC32, ACC64 -> bits == 0 || bits == -1 ? null : (Object) bits;
      case FLOAT32 -> real(Float.intBitsToFloat((int) bits));
      case FLOAT64 -> real(Double.longBitsToDouble(bits));
      case BITFIELD16 -> bits == 0xFFFF ? null : bitsSet(bits);
      case BITFIELD32 -> bits == 0xFFFF_FFFFL ? null : bitsSet(bits);
      case STRING -> text(words);
    };
  }

  /// A scale factor, a power of ten; empty when the register holds none.
  static Optional<Integer> scaleFactor(int word) {
    int power = (short) word;
    return Math.abs(power) <= SCALE_MAX ? Optional.of(power) : Optional.empty();
  }

  private static @Nullable Object signed(long bits, int width) {
    long value = (bits << (64 - width)) >> (64 - width);
    return value == -1L << (width - 1) ? null : (Object) value;
  }

  private static @Nullable Object real(double value) {
    return Math.abs(value) < FLOAT_MAX ? (Object) value : null; // NaN and infinities as well
  }

  private static List<Integer> bitsSet(long bits) {
    List<Integer> set = new ArrayList<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if (((bits >> bit) & 1) == 1) {
        set.add(bit);
      }
    }
    return set;
  }

  private static @Nullable String text(List<Integer> words) {
    byte[] bytes = new byte[2 * words.size()];
    int length = 0;
    for (int word : words) {
      bytes[length++] = (byte) (word >> 8);
      bytes[length++] = (byte) word;
    }
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    String text = new String(bytes, 0, end, StandardCharsets.UTF_8).strip();
    return text.isEmpty() || bytes[0] == (byte) 0x80 ? null : text;
  }
}
