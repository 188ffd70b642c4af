// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ProtocolException;

/// Checks that the records of this package share.
final class Fields {
  static final int WORD_CHARACTERS_MAX = 80;
  static final int SENTENCE_CHARACTERS_MAX = 300;

  private Fields() {}

  static void check(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }

  static void within(long value, long least, long most, String name) {
    check(value >= least && value <= most, name + " is not within " + least + " and " + most);
  }

  static void text(String text, int charactersMax, String name) {
    check(
        !text.isBlank()
            && text.length() <= charactersMax
            && text.chars().noneMatch(Character::isISOControl),
        name + " is empty, too long or holds control characters");
  }

  static ByteString bytes(Digest digest) {
    return ByteString.copyFrom(digest.toBytes());
  }

  static ByteString bytes(ModelHash model) {
    return ByteString.copyFrom(model.toBytes());
  }

  static Digest digest(ByteString bytes) throws ProtocolException {
    return Digest.ofBytes(bytes.toByteArray());
  }

  static Optional<Digest> digestIfAny(ByteString bytes) throws ProtocolException {
    return bytes.isEmpty() ? Optional.empty() : Optional.of(digest(bytes));
  }

  static ModelHash model(ByteString bytes) throws ProtocolException {
    return ModelHash.ofBytes(bytes.toByteArray());
  }

  static Optional<ModelHash> modelIfAny(ByteString bytes) throws ProtocolException {
    return bytes.isEmpty() ? Optional.empty() : Optional.of(model(bytes));
  }

  /// The number of a constant of a closed set; 0 is none.
  static <E extends Enum<E>> int code(E constant) {
    return List.of(constant.getDeclaringClass().getEnumConstants()).indexOf(constant) + 1;
  }

  static <E> E choice(List<E> constants, int code, String name) throws ProtocolException {
    if (code < 1 || code > constants.size()) {
      throw new ProtocolException(name + " is unknown");
    }
    return constants.get(code - 1);
  }
}
