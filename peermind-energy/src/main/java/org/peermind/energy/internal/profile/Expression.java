// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One expression of a profile, in JSONata (jsonata.org). A path to nothing gives nothing, and so
/// do sums and products in which something is missing.
///
/// The text is compiled anew for every evaluation, in some ten microseconds: what the library
/// compiled remembers the variables of all its evaluations, so that a value that is missing now
/// would be taken from an earlier answer.
public final class Expression {
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,29}");

  /// What has no bound in the library, or gives something else each time.
  private static final Pattern BARRED =
      Pattern.compile("\\$(pad|eval|match|replace|now|millis|random|shuffle|formatNumber)\\b");

  private static final Pattern QUOTED =
      Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"|'(?:[^'\\\\]|\\\\.)*+'|`[^`]*+`", Pattern.DOTALL);
  private static final Pattern COMMENT = Pattern.compile("/\\*");
  private static final int CHARACTERS_MAX = 4096;

  private final String text;

  private Expression(String text) {
    this.text = text;
  }

  /// @throws IllegalArgumentException when the text is no expression; the message is a clause
  static Expression of(String text) {
    if (text.isBlank() || text.length() > CHARACTERS_MAX) {
      throw new IllegalArgumentException("must be an expression of 1 to 4096 characters");
    }
    Matcher barred = BARRED.matcher(text);
    if (barred.find()) {
      throw new IllegalArgumentException("may not use " + barred.group());
    }
    if (holdsComment(text)) {
      throw new IllegalArgumentException(
          "may not hold a comment; write it beside the expression, after #");
    }
    if (holdsRegularExpression(text)) {
      throw new IllegalArgumentException(
          "may not hold a regular expression, because nothing bounds its search");
    }
    try {
      var _ = Jsonata.jsonata(text);
      return new Expression(text);
    } catch (RuntimeException malformed) { // the library throws more than its own exception
      throw new IllegalArgumentException(
          "is no expression: " + oneLine(malformed.getMessage()), malformed);
    } catch (StackOverflowError deep) {
      throw new IllegalArgumentException("is nested too deeply", deep);
    }
  }

  /// Whether a comment begins outside of quotes. A quote within one would hide what follows it from
  /// [#holdsRegularExpression].
  private static boolean holdsComment(String text) {
    return COMMENT.matcher(QUOTED.matcher(text).replaceAll("")).find();
  }

  /// Whether a slash stands where no division can: after an operator or at the start.
  private static boolean holdsRegularExpression(String text) {
    char quote = 0;
    char last = '(';
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        if (c == '\\' && quote != '`') {
          i++;
        } else if (c == quote) {
          quote = 0;
          last = c;
        }
      } else if (c == '"' || c == '\'' || c == '`') {
        quote = c;
      } else if (c == '/' && "(,=[{:;?~>&|+-*/<!^.".indexOf(last) >= 0) {
        return true;
      } else if (!Character.isWhitespace(c)) {
        last = c;
      }
    }
    return false;
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
  Optional<Object> evaluateAny(Object document, Map<String, Object> variables)
      throws EvaluationFailed {
    try {
      Jsonata compiled = Jsonata.jsonata(text);
      Jsonata.Frame frame = compiled.createFrame();
      new EvaluationBounds().guard(frame);
      variables.forEach(frame::bind);
      return Optional.ofNullable(compiled.evaluate(document, frame));
    } catch (JException failed) {
      throw new EvaluationFailed(
          "'%s' cannot be computed (%s)".formatted(text, oneLine(failed.getMessage())), failed);
    } catch (EvaluationBounds.Exceeded exceeded) {
      throw new EvaluationFailed(
          "'%s' is given up because it %s".formatted(text, exceeded.getMessage()), exceeded);
    } catch (RuntimeException | StackOverflowError bug) {
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
