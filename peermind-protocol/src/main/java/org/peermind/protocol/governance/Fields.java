// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ProtocolException;

/// Checks and conversions that signed records share.
public final class Fields {
  public static final int WORD_CHARACTERS_MAX = 80;
  public static final int SENTENCE_CHARACTERS_MAX = 300;

  private Fields() {}

  public static void check(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }

  public static void within(long value, long least, long most, String name) {
    check(value >= least && value <= most, name + " is not within " + least + " and " + most);
  }

  public static void text(String text, int charactersMax, String name) {
    check(
        !text.isBlank()
            && text.length() <= charactersMax
            && text.chars().noneMatch(Character::isISOControl),
        name + " is empty, too long or holds control characters");
  }

  public static ByteString bytes(Digest digest) {
    return ByteString.copyFrom(digest.toBytes());
  }

  public static ByteString bytes(ModelHash model) {
    return ByteString.copyFrom(model.toBytes());
  }

  public static Digest digest(ByteString bytes) throws ProtocolException {
    return Digest.ofBytes(bytes.toByteArray());
  }

  public static Optional<Digest> digestIfAny(ByteString bytes) throws ProtocolException {
    return bytes.isEmpty() ? Optional.empty() : Optional.of(digest(bytes));
  }

  public static ModelHash model(ByteString bytes) throws ProtocolException {
    return ModelHash.ofBytes(bytes.toByteArray());
  }

  public static Optional<ModelHash> modelIfAny(ByteString bytes) throws ProtocolException {
    return bytes.isEmpty() ? Optional.empty() : Optional.of(model(bytes));
  }

  /// The number of a constant of a closed set; 0 is none.
  public static <E extends Enum<E>> int code(E constant) {
    return List.of(constant.getDeclaringClass().getEnumConstants()).indexOf(constant) + 1;
  }

  public static <E> E choice(List<E> constants, int code, String name) throws ProtocolException {
    if (code < 1 || code > constants.size()) {
      throw new ProtocolException(name + " is unknown");
    }
    return constants.get(code - 1);
  }
}
