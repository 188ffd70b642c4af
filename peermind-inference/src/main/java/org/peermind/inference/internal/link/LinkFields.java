// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The plain fields of messages as bytes. No count is trusted before it was compared with what is
/// left of the frame.
final class LinkFields {
  private LinkFields() {}

  static void putText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String text(DataInputStream in) throws IOException {
    byte[] bytes = new byte[count(in, 1)];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static void putTexts(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      putText(out, text);
    }
  }

  static List<String> texts(DataInputStream in) throws IOException {
    int count = count(in, 4);
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(text(in));
    }
    return texts;
  }

  static void putNumbers(DataOutputStream out, List<Integer> numbers) throws IOException {
    out.writeInt(numbers.size());
    for (int number : numbers) {
      out.writeInt(number);
    }
  }

  static List<Integer> numbers(DataInputStream in) throws IOException {
    int count = count(in, 4);
    List<Integer> numbers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      numbers.add(in.readInt());
    }
    return numbers;
  }

  static <E extends Enum<E>> E constant(DataInputStream in, E[] values) throws IOException {
    String name = text(in);
    for (E value : values) {
      if (value.name().equals(name)) {
        return value;
      }
    }
    throw new LinkException("A frame names an unknown constant.");
  }

  /// A count of things of at least `bytesEach` that fit into what is left of the frame.
  static int count(DataInputStream in, int bytesEach) throws IOException {
    int count = in.readInt();
    if (count < 0 || (long) count * bytesEach > in.available()) {
      throw new LinkException("A frame counts more than it holds.");
    }
    return count;
  }
}
