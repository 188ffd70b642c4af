// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.TokenSequence;

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
    return new String(bytes(in, count(in, 1)), StandardCharsets.UTF_8);
  }

  static void putOptional(DataOutputStream out, Optional<String> text) throws IOException {
    out.writeBoolean(text.isPresent());
    putText(out, text.orElse(""));
  }

  static Optional<String> optional(DataInputStream in) throws IOException {
    boolean present = in.readBoolean();
    String text = text(in);
    return present ? Optional.of(text) : Optional.empty();
  }

  static void putPath(DataOutputStream out, Path path) throws IOException {
    putText(out, path.toAbsolutePath().toString());
  }

  static Path path(DataInputStream in) throws IOException {
    return Path.of(text(in));
  }

  static void putNumber(DataOutputStream out, OptionalDouble number) throws IOException {
    out.writeBoolean(number.isPresent());
    out.writeDouble(number.orElse(0));
  }

  static OptionalDouble number(DataInputStream in) throws IOException {
    boolean present = in.readBoolean();
    double number = in.readDouble();
    return present ? OptionalDouble.of(number) : OptionalDouble.empty();
  }

  static void putCoordinates(DataOutputStream out, Coordinates coordinates) throws IOException {
    float[] values = coordinates.values();
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    out.writeInt(values.length);
    out.write(bytes.array());
  }

  static Coordinates coordinates(DataInputStream in) throws IOException {
    float[] values = new float[count(in, Float.BYTES)];
    ByteBuffer.wrap(bytes(in, values.length * Float.BYTES)).asFloatBuffer().get(values);
    return Coordinates.of(values);
  }

  /// A sequence without its marks, which scoring does not look at.
  static void putTokens(DataOutputStream out, TokenSequence sequence) throws IOException {
    out.writeInt(sequence.length());
    for (int i = 0; i < sequence.length(); i++) {
      out.writeInt(sequence.token(i));
    }
  }

  static TokenSequence tokens(DataInputStream in) throws IOException {
    int[] tokens = new int[count(in, Integer.BYTES)];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = in.readInt();
    }
    return TokenSequence.of(tokens);
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

  private static byte[] bytes(DataInputStream in, int count) throws IOException {
    byte[] bytes = new byte[count];
    in.readFully(bytes);
    return bytes;
  }
}
