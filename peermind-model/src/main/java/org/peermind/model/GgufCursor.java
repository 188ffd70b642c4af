// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A forward reader over the head of a GGUF file that never reads past the end or past the metadata
/// limit, and never reserves memory for a count that the file cannot hold.
final class GgufCursor {
  static final long METADATA_BYTES_MAX = 64L << 20;
  static final int STRING_BYTES_MAX = 1 << 20;
  private static final int WINDOW_BYTES = 1 << 16;

  private final String fileKind;
  private final Path path;
  private final FileChannel channel;
  private final long fileBytes;
  private final ByteBuffer window =
      ByteBuffer.allocate(WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private long windowEnd;

  /// @param fileKind what the file is called when it is refused
  GgufCursor(String fileKind, Path path, FileChannel channel, long fileBytes) {
    this.fileKind = fileKind;
    this.path = path;
    this.channel = channel;
    this.fileBytes = fileBytes;
  }

  long fileBytes() {
    return fileBytes;
  }

  /// Bytes from the beginning of the file to the next one to be read.
  long position() {
    return windowEnd - window.remaining();
  }

  GgufException refusal(String reason) {
    return new GgufException(
        "The %s %s is refused at byte %d: %s.".formatted(fileKind, path, position(), reason));
  }

  long uint32(String what) throws IOException, GgufException {
    return number(GgufValue.Kind.UINT32, what);
  }

  /// A 64-bit count or size between `least` and `most`.
  long bounded(String what, long least, long most) throws IOException, GgufException {
    long value = bits(8, what);
    if (value < least || value > most) {
      throw refusal(
          "the %s is %s, not %d to %d".formatted(what, Long.toUnsignedString(value), least, most));
    }
    return value;
  }

  /// A string that names something: printable ASCII without spaces, so that it can be shown
  /// anywhere.
  String name(String what, int bytesMax) throws IOException, GgufException {
    byte[] bytes = stringBytes(what, bytesMax);
    for (byte b : bytes) {
      if (b <= ' ' || b == 0x7f) {
        throw refusal("the " + what + " holds a byte that is no printable ASCII character");
      }
    }
    if (bytes.length == 0) {
      throw refusal("the " + what + " is empty");
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /// The value of the metadata key `key`, with its kind before it.
  GgufValue value(String key) throws IOException, GgufException {
    GgufValue.Kind kind = kind("kind of metadata key " + key);
    return switch (kind) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, BOOL, UINT64, INT64 ->
          new GgufValue.Whole(kind, number(kind, key));
      case FLOAT32 -> new GgufValue.Fraction(kind, Float.intBitsToFloat((int) bits(4, key)));
      case FLOAT64 -> new GgufValue.Fraction(kind, Double.longBitsToDouble(bits(8, key)));
      case STRING ->
          new GgufValue.Text(
              new String(stringBytes("value of " + key, STRING_BYTES_MAX), StandardCharsets.UTF_8));
      case ARRAY -> array(key);
    };
  }

  private GgufValue.Kind kind(String what) throws IOException, GgufException {
    long number = uint32(what);
    return GgufValue.Kind.ofId(number)
        .orElseThrow(() -> refusal("the " + what + " is the unknown number " + number));
  }

  private GgufValue.Array array(String key) throws IOException, GgufException {
    GgufValue.Kind kind = kind("element kind of " + key);
    long count = bounded("element count of " + key, 0, METADATA_BYTES_MAX);
    return switch (kind) {
      case ARRAY -> throw refusal("the array " + key + " holds arrays, which no model needs");
      case STRING -> stringArray(key, (int) count);
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, UINT64, INT64, FLOAT64 -> {
        long bytes = count * kind.bytes();
        yield new GgufValue.Array(kind, (int) count, take(bytes, "array " + key));
      }
    };
  }

  private GgufValue.Array stringArray(String key, int count) throws IOException, GgufException {
    if ((long) count * Long.BYTES > room()) {
      throw refusal("the array " + key + " counts more strings than there is room for");
    }
    LittleEndianOutput content = new LittleEndianOutput();
    for (int i = 0; i < count; i++) {
      content.string(stringBytes("an element of " + key, STRING_BYTES_MAX));
    }
    return new GgufValue.Array(GgufValue.Kind.STRING, count, content.toByteArray());
  }

  private byte[] stringBytes(String what, int bytesMax) throws IOException, GgufException {
    long length = bits(8, what);
    if (length < 0 || length > bytesMax) {
      throw refusal(
          "the length of the %s is %s bytes, more than %d"
              .formatted(what, Long.toUnsignedString(length), bytesMax));
    }
    return take(length, what);
  }

  private long number(GgufValue.Kind kind, String what) throws IOException, GgufException {
    long bits = bits(kind.bytes(), what);
    int shift = 64 - 8 * kind.bytes();
    return switch (kind) {
      case INT8, INT16, INT32, INT64 -> bits << shift >> shift;
      case BOOL -> {
        if (bits > 1) {
          throw refusal("the truth value " + what + " is neither 0 nor 1");
        }
        yield bits;
      }
      case UINT64 -> {
        if (bits < 0) {
          throw refusal("the number " + what + " is beyond 63 bits");
        }
        yield bits;
      }
      case UINT8, UINT16, UINT32, FLOAT32, STRING, ARRAY, FLOAT64 -> bits;
    };
  }

  /// The next `bytes` bytes as an unsigned little-endian number.
  private long bits(int bytes, String what) throws IOException, GgufException {
    fill(bytes, what);
    long bits = 0;
    for (int i = 0; i < bytes; i++) {
      bits |= (window.get() & 0xffL) << (8 * i);
    }
    return bits;
  }

  private byte[] take(long bytes, String what) throws IOException, GgufException {
    if (bytes > room()) {
      throw refusal(
          "the %s needs %d bytes where only %d may follow".formatted(what, bytes, room()));
    }
    byte[] taken = new byte[(int) bytes];
    int done = 0;
    while (done < taken.length) {
      fill(1, what);
      int step = Math.min(taken.length - done, window.remaining());
      window.get(taken, done, step);
      done += step;
    }
    return taken;
  }

  /// How many bytes may still be read before the end of the file or of the metadata limit.
  private long room() {
    return Math.min(fileBytes, METADATA_BYTES_MAX) - position();
  }

  private void fill(int bytes, String what) throws IOException, GgufException {
    if (bytes > room()) {
      throw refusal(
          fileBytes > METADATA_BYTES_MAX
              ? "the metadata takes more than 64 MiB"
              : "the file ends inside the " + what);
    }
    while (window.remaining() < bytes) {
      window.compact();
      int read = channel.read(window, windowEnd);
      window.flip();
      if (read <= 0) {
        throw refusal("the file ends inside the " + what);
      }
      windowEnd += read;
    }
  }
}
