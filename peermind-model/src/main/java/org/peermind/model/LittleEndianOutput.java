// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// A growing array of bytes with GGUF's little-endian numbers and strings.
final class LittleEndianOutput {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /// Appends the lowest `count` bytes of `number`.
  LittleEndianOutput number(long number, int count) {
    for (int i = 0; i < count; i++) {
      bytes.write((int) (number >>> (8 * i)));
    }
    return this;
  }

  LittleEndianOutput int32(int number) {
    return number(number, Integer.BYTES);
  }

  LittleEndianOutput int64(long number) {
    return number(number, Long.BYTES);
  }

  LittleEndianOutput string(String text) {
    return string(text.getBytes(StandardCharsets.UTF_8));
  }

  LittleEndianOutput string(byte[] text) {
    return int64(text.length).raw(text);
  }

  LittleEndianOutput raw(byte[] content) {
    bytes.writeBytes(content);
    return this;
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
