// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufValue;

/// The keys of one model's family. Whoever reads them all calls {@link #refuseUnread}: a key that
/// nobody read may change what the model computes.
final class Metadata {
  private final GgufFile model;
  private final String prefix;
  private final Set<String> read = new HashSet<>();

  Metadata(GgufFile model) {
    this.model = model;
    this.prefix = model.architecture() + ".";
  }

  /// The whole number under a key, or `otherwise` when the file does not have it.
  ///
  /// @throws UnsupportedModelException when it is no number from 0 to the largest int
  int whole(String key, int otherwise) throws UnsupportedModelException {
    GgufValue value = value(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof GgufValue.Whole(_, long number)
        && number >= 0
        && number <= Integer.MAX_VALUE) {
      return (int) number;
    }
    throw refusal(key, "is not one whole number");
  }

  /// The size under a key that every file of the family has.
  int size(String key) throws UnsupportedModelException {
    return size(key, 0);
  }

  /// The size under a key, or `otherwise`; never 0.
  int size(String key, int otherwise) throws UnsupportedModelException {
    int value = whole(key, otherwise);
    if (value < 1) {
      throw refusal(key, "is missing or 0");
    }
    return value;
  }

  /// The number under a key, or `otherwise` when the file does not have it.
  double number(String key, double otherwise) throws UnsupportedModelException {
    GgufValue value = value(key);
    return switch (value) {
      case null -> otherwise;
      case GgufValue.Fraction(_, double number) when Double.isFinite(number) -> number;
      case GgufValue.Whole(_, long number) -> number;
      case GgufValue.Fraction _, GgufValue.Text _, GgufValue.Array _ ->
          throw refusal(key, "is not one finite number");
    };
  }

  /// The text under a key, or `otherwise` when the file does not have it.
  String text(String key, String otherwise) throws UnsupportedModelException {
    GgufValue value = value(key);
    return switch (value) {
      case null -> otherwise;
      case GgufValue.Text(String text) -> text;
      case GgufValue.Fraction _, GgufValue.Whole _, GgufValue.Array _ ->
          throw refusal(key, "is no text");
    };
  }

  /// Reads a key that the trainer computes with one value only.
  ///
  /// @throws UnsupportedModelException when the file has it with another value
  void only(String key, double neutral) throws UnsupportedModelException {
    double value = number(key, neutral);
    if (value != neutral) {
      throw refusal(key, "is " + value + ", and the trainer computes only " + neutral);
    }
  }

  /// Says that a key changes nothing that is computed.
  void ignore(String key) {
    read.add(prefix + key);
  }

  /// @throws UnsupportedModelException when the family has a key that was not read
  void refuseUnread() throws UnsupportedModelException {
    for (String key : model.metadata().keySet()) {
      if (key.startsWith(prefix) && !read.contains(key)) {
        throw new UnsupportedModelException(
            "The trainer cannot compute this model: it does not know the key %s of its file."
                .formatted(key));
      }
    }
  }

  UnsupportedModelException refusal(String key, String what) {
    return new UnsupportedModelException(
        "The trainer cannot compute this model: %s%s %s.".formatted(prefix, key, what));
  }

  private @Nullable GgufValue value(String key) {
    read.add(prefix + key);
    return model.metadata().get(prefix + key);
  }
}
