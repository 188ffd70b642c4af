// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One expression of a profile, in JSONata (jsonata.org). A path to nothing gives nothing, and so
/// do sums and products in which something is missing.
///
/// A text is compiled once. The library keeps state in what it compiled, so that one evaluation
/// runs at a time.
public final class Expression {
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,29}");
  private static final int CHARACTERS_MAX = 4096;
  private static final long MILLIS_MAX = 500;
  private static final int DEPTH_MAX = 100;

  private final String text;
  private final Jsonata compiled;

  private Expression(String text, Jsonata compiled) {
    this.text = text;
    this.compiled = compiled;
  }

  /// @throws IllegalArgumentException when the text is no expression; the message is a clause
  static Expression of(String text) {
    if (text.isBlank() || text.length() > CHARACTERS_MAX) {
      throw new IllegalArgumentException("must be an expression of 1 to 4096 characters");
    }
    try {
      return new Expression(text, Jsonata.jsonata(text));
    } catch (RuntimeException malformed) { // the library throws more than its own exception
      throw new IllegalArgumentException(
          "is no expression: " + oneLine(malformed.getMessage()), malformed);
    }
  }

  /// Whether the language has a function of this name. Where a name of the profile has no value,
  /// the function would be seen in its place.
  static boolean isTaken(String name) {
    return !NAME.matcher(name).matches()
        || Boolean.TRUE.equals(Jsonata.jsonata("$exists($" + name + ")").evaluate(Map.of()));
  }

  /// The one value for this document; empty when it is not there.
  ///
  /// @param variables what `$name` stands for
  /// @throws EvaluationFailed when the document does not have the shape that the expression needs
  Optional<Object> evaluate(Object document, Map<String, Object> variables)
      throws EvaluationFailed {
    Optional<Object> value = evaluateAny(document, variables);
    return value.isEmpty() ? value : Optional.ofNullable(single(value.get()));
  }

  /// The value for this document, which may be a list or a map.
  synchronized Optional<Object> evaluateAny(Object document, Map<String, Object> variables)
      throws EvaluationFailed {
    Jsonata.Frame frame = compiled.createFrame();
    frame.setRuntimeBounds(MILLIS_MAX, DEPTH_MAX);
    variables.forEach(frame::bind);
    try {
      return Optional.ofNullable(compiled.evaluate(document, frame));
    } catch (JException failed) {
      throw new EvaluationFailed(
          "'%s' cannot be computed (%s)".formatted(text, oneLine(failed.getMessage())), failed);
    } catch (RuntimeException bug) {
      throw new EvaluationFailed("'%s' cannot be computed".formatted(text), bug);
    }
  }

  private @Nullable Object single(Object value) throws EvaluationFailed {
    if (value instanceof List<?> several) {
      if (several.isEmpty()) {
        return null;
      }
      if (several.size() == 1) {
        return several.getFirst();
      }
      throw new EvaluationFailed(
          "'%s' gives %d values where one is wanted".formatted(text, several.size()), null);
    }
    return value instanceof Map<?, ?> map && map.isEmpty() ? null : value;
  }

  /// The library's messages may quote values of the answer; they are short and on one line.
  private static String oneLine(@Nullable String message) {
    String words = String.valueOf(message).replaceAll("\\s+", " ");
    return words.length() <= 120 ? words : words.substring(0, 120) + "...";
  }

  @Override
  public String toString() {
    return text;
  }

  /// An expression met a document that it was not made for; the message is a clause.
  static final class EvaluationFailed extends Exception {
    private static final long serialVersionUID = 1;

    EvaluationFailed(String clause, @Nullable Throwable cause) {
      super(clause, cause);
    }
  }
}
