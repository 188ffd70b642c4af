// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;

/// The automata of JSON's own parts (RFC 8259), with bounds where JSON has none, so that a model
/// cannot write digits or white space without end.
final class JsonText {
  private static final String CHARACTER =
      "([^\"\\\\\\u0000-\\u001f]"
          + "|\\\\([\"\\\\/bfnrt]"
          + "|u([0-9ABCEFabcef][0-9A-Fa-f]{3}|[Dd][0-7][0-9A-Fa-f]{2}"
          + "|[Dd][89ABab][0-9A-Fa-f]{2}\\\\u[Dd][C-Fc-f][0-9A-Fa-f]{2})))";

  /// Before the whole value, and beside the marks of a call: what a template leaves open. Between
  /// the parts of a value at most one space stands: indentation says nothing and uses up tokens,
  /// and a weak model that is held to a form writes as much of it as it may.
  static final Dfa LEAD = fixed("[ \\n]?");

  static final Dfa STRING = fixed("\"" + CHARACTER + "*\"");

  /// A string after its opening quote. Its start is where a character has just ended.
  static final Dfa STRING_REST = fixed(CHARACTER + "*\"").minimized();

  /// At most 16 digits before and after the point, and an exponent that a double can hold.
  static final Dfa NUMBER = fixed("-?(0|[1-9][0-9]{0,15})(\\.[0-9]{1,16})?([eE][+-]?[0-9]{1,2})?");

  static final Dfa LITERALS = fixed("true|false|null");
  static final Dfa INTEGER = fixed("0|-?[1-9][0-9]{0,15}");
  static final Dfa OPEN_OBJECT = fixed("\\{ ?");
  static final Dfa OPEN_ARRAY = fixed("\\[ ?");
  static final Dfa CLOSE_OBJECT = fixed(" ?\\}");
  static final Dfa CLOSE_ARRAY = fixed(" ?\\]");
  static final Dfa COMMA = fixed(", ?");
  static final Dfa COLON = fixed(": ?");

  private JsonText() {}

  private static Dfa fixed(String regex) {
    try {
      return RegexCompiler.whole(regex, CharacterForm.PLAIN, new CompileBudget()).minimized();
    } catch (SchemaRefusal broken) {
      throw new IllegalStateException("A fixed part of JSON does not compile", broken);
    }
  }

  /// Exactly `text`.
  static Dfa literal(String text, CompileBudget budget) throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    int start = nfa.state();
    return nfa.determinize(start, nfa.path(start, text.getBytes(StandardCharsets.UTF_8)));
  }

  /// The key `name`, its colon, and perhaps a space.
  static Dfa key(String name, CompileBudget budget) throws SchemaRefusal {
    String key = CharacterForm.quoted(name) + ":";
    return oneOf(List.of(key, key + " "), budget);
  }

  /// Any one of `texts`.
  static Dfa oneOf(Collection<String> texts, CompileBudget budget) throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    int start = nfa.state();
    int end = nfa.state();
    for (String text : texts) {
      nfa.silentEdge(nfa.path(start, text.getBytes(StandardCharsets.UTF_8)), end);
    }
    return nfa.determinize(start, end);
  }

  /// Strings of `min` to `max` code points, quotes included, each character written in one way.
  static Dfa stringOfLength(int min, int max, CompileBudget budget) throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    int start = nfa.state();
    int at = nfa.path(start, new byte[] {'"'});
    int end = nfa.state();
    int copies = max < 0 ? min : max;
    for (int i = 0; i <= copies; i++) {
      if (i >= min) {
        nfa.edge(at, '"', '"', end);
      }
      if (i == copies) {
        break;
      }
      int next = nfa.state();
      CharacterForm.JSON_STRING.addTo(nfa, at, next, CodePoints.ALL);
      at = next;
    }
    if (max < 0) {
      CharacterForm.JSON_STRING.addTo(nfa, at, at, CodePoints.ALL);
    }
    return nfa.determinize(start, end);
  }
}
