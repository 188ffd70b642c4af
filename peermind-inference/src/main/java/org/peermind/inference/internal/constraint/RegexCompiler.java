// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.function.IntPredicate;
import org.peermind.inference.internal.constraint.CodePoints.Range;

/// Reads the regular part of ECMA-262 regular expressions into an automaton: literals, `.`,
/// classes, `\d \w \s`, groups, alternatives, the quantifiers and `^`/`$` at the ends. What is not
/// regular (references back, looking around) or depends on its surroundings (`\b`) is refused.
final class RegexCompiler {
  private static final int REPETITIONS_MAX = 1_000;
  private static final int NESTING_MAX = 32;
  // Dialects differ in what a line end and a space is. The answer is held to what all agree about:
  // the wider set where it is left out, the narrower one where it is asked for.
  private static final CodePoints LINE_ENDS =
      CodePoints.of(new Range('\n', '\n'), new Range('\r', '\r'), new Range(0x2028, 0x2029))
          .or(CodePoints.one(0x85));
  private static final CodePoints ASCII_SPACE =
      CodePoints.of(new Range('\t', '\r'), new Range(' ', ' '));
  private static final CodePoints DIGITS = CodePoints.of(new Range('0', '9'));
  private static final CodePoints WORD =
      CodePoints.of(new Range('a', 'z'), new Range('A', 'Z'), new Range('0', '9'))
          .or(CodePoints.one('_'));
  private static final CodePoints SPACE =
      CodePoints.of(new Range('\t', '\r'), new Range(' ', ' '), new Range(0xa0, 0xa0))
          .or(CodePoints.of(new Range(0x1680, 0x1680), new Range(0x2000, 0x200a)))
          .or(CodePoints.of(new Range(0x2028, 0x2029), new Range(0x202f, 0x202f)))
          .or(
              CodePoints.of(
                  new Range(0x205f, 0x205f), new Range(0x3000, 0x3000), new Range(0x85, 0x85)))
          .or(CodePoints.one(0xfeff));

  private final int[] text;
  private final CharacterForm form;
  private final Nfa nfa;
  private int at;
  private int nesting;

  private RegexCompiler(String regex, CharacterForm form, Nfa nfa) {
    text = regex.codePoints().toArray();
    this.form = form;
    this.nfa = nfa;
  }

  /// The texts that match `regex` as a whole; `form` says how their characters are written. `^` and
  /// `$` are not allowed.
  static Dfa whole(String regex, CharacterForm form, CompileBudget budget) throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    RegexCompiler compiler = new RegexCompiler(regex, form, nfa);
    int start = nfa.state();
    int end = compiler.alternatives(start, false);
    compiler.expectEnd();
    return nfa.determinize(start, end);
  }

  /// JSON strings, quotes included, in whose value `regex` matches somewhere (ECMA-262 `test`).
  static Dfa search(String regex, CompileBudget budget) throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    RegexCompiler compiler = new RegexCompiler(regex, CharacterForm.JSON_STRING, nfa);
    int start = nfa.state();
    int open = nfa.path(start, new byte[] {'"'});
    int end = compiler.alternatives(open, true);
    compiler.expectEnd();
    int close = nfa.path(end, new byte[] {'"'});
    return nfa.determinize(start, close);
  }

  /// Reads alternatives up to a closing parenthesis or the end; returns their common end state. In
  /// a search each alternative stands between any two texts, unless anchored.
  private int alternatives(int start, boolean search) throws SchemaRefusal {
    int end = nfa.state();
    do {
      int from = start;
      if (search && !accept('^')) {
        from = anything(start);
      }
      int last = sequence(from, search);
      if (search && !accept('$')) {
        last = anything(last);
      }
      nfa.silentEdge(last, end);
    } while (accept('|'));
    return end;
  }

  private int anything(int from) throws SchemaRefusal {
    int loop = nfa.state();
    nfa.silentEdge(from, loop);
    form.addTo(nfa, loop, loop, CodePoints.ALL);
    return loop;
  }

  private int sequence(int start, boolean top) throws SchemaRefusal {
    int end = start;
    while (at < text.length && text[at] != '|' && text[at] != ')') {
      if (text[at] == '$' && top) {
        boolean last = at + 1 == text.length || text[at + 1] == '|';
        if (!last) {
          throw refusal("has $ in the middle");
        }
        return end;
      }
      end = quantified(end);
    }
    return end;
  }

  private int quantified(int start) throws SchemaRefusal {
    int atomAt = at;
    int from = nfa.state();
    nfa.silentEdge(start, from);
    int to = atom(from);
    int afterAtom = at;
    int min = 1;
    int max = 1;
    if (accept('*')) {
      min = 0;
      max = -1;
    } else if (accept('+')) {
      max = -1;
    } else if (accept('?')) {
      min = 0;
    } else if (at < text.length && text[at] == '{') {
      at++;
      min = number();
      max = min;
      if (accept(',')) {
        max = at < text.length && text[at] == '}' ? -1 : number();
      }
      if (!accept('}') || (max >= 0 && max < min)) {
        throw refusal("has a malformed repetition");
      }
    } else {
      return to;
    }
    accept('?'); // a lazy quantifier matches the same texts
    if (at < text.length && (text[at] == '*' || text[at] == '+' || text[at] == '{')) {
      throw refusal("repeats a repetition");
    }
    int after = at;
    int end = repeated(from, to, atomAt, min, max);
    if (at != afterAtom && at != after) {
      throw new IllegalStateException("A repeated part was read to another end");
    }
    at = after;
    return end;
  }

  /// Lays the atom, which stands between `from` and `to` once, `min` to `max` times in a row by
  /// reading it again.
  private int repeated(int from, int to, int atomAt, int min, int max) throws SchemaRefusal {
    int end = nfa.state();
    if (min == 0) {
      nfa.silentEdge(from, end);
    }
    if (max == 0) {
      return end;
    }
    int last = to;
    int lastStart = from;
    int copies = Math.max(1, max < 0 ? min : max);
    for (int copy = 2; copy <= copies; copy++) {
      if (copy > min) {
        nfa.silentEdge(last, end);
      }
      lastStart = nfa.state();
      nfa.silentEdge(last, lastStart);
      at = atomAt;
      last = atom(lastStart);
    }
    if (max < 0) {
      int again = nfa.state();
      nfa.silentEdge(last, again);
      nfa.silentEdge(again, lastStart);
      nfa.silentEdge(again, end);
      return end;
    }
    nfa.silentEdge(last, end);
    return end;
  }

  private int atom(int from) throws SchemaRefusal {
    int c = next();
    return switch (c) {
      case '(' -> group(from);
      case '[' -> characters(from, characterClass());
      case '.' -> characters(from, LINE_ENDS.not());
      case '\\' -> characters(from, escape(false, false));
      case '^', '$' -> throw refusal("has ^ or $ in the middle");
      case '*', '+', '?', '{', '}', ']' -> throw refusal("has a misplaced " + (char) c);
      default -> characters(from, CodePoints.one(c));
    };
  }

  private int characters(int from, CodePoints set) throws SchemaRefusal {
    int to = nfa.state();
    form.addTo(nfa, from, to, set);
    return to;
  }

  private int group(int from) throws SchemaRefusal {
    if (++nesting > NESTING_MAX) {
      throw refusal("nests groups more than " + NESTING_MAX + " deep");
    }
    if (accept('?')) {
      if (accept('<') && at < text.length && Character.isLetter(text[at])) {
        skipWhile(c -> Character.isLetterOrDigit(c) || c == '_');
        if (!accept('>')) {
          throw refusal("has a malformed group name");
        }
      } else if (!accept(':')) {
        throw refusal("looks around or sets flags");
      }
    }
    int end = alternatives(from, false);
    if (!accept(')')) {
      throw refusal("has an open group");
    }
    nesting--;
    return end;
  }

  private CodePoints characterClass() throws SchemaRefusal {
    boolean negated = accept('^');
    CodePoints set = CodePoints.of();
    while (!accept(']')) {
      int c = next();
      CodePoints part = c == '\\' ? escape(true, negated) : CodePoints.one(c);
      boolean range = at + 1 < text.length && text[at] == '-' && text[at + 1] != ']';
      if (range) {
        at++;
        int high = next();
        CodePoints end = high == '\\' ? escape(true, negated) : CodePoints.one(high);
        part = CodePoints.of(new Range(single(part), single(end)));
        if (part.ranges().isEmpty()) {
          throw refusal("has a range in the wrong order");
        }
      }
      set = set.or(part);
    }
    return negated ? set.not() : set;
  }

  private int single(CodePoints set) throws SchemaRefusal {
    if (set.ranges().size() != 1
        || set.ranges().getFirst().first() != set.ranges().getFirst().last()) {
      throw refusal("has a range between classes");
    }
    return set.ranges().getFirst().first();
  }

  private CodePoints escape(boolean inClass, boolean negated) throws SchemaRefusal {
    int c = next();
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.not();
      case 'w' -> WORD;
      case 'W' -> WORD.not();
      case 's' -> negated ? SPACE : ASCII_SPACE;
      case 'S' -> negated ? ASCII_SPACE.not() : SPACE.not();
      case 'n' -> CodePoints.one('\n');
      case 'r' -> CodePoints.one('\r');
      case 't' -> CodePoints.one('\t');
      case 'f' -> CodePoints.one('\f');
      case 'v' -> CodePoints.one(0x0b);
      case '0' -> CodePoints.one(0);
      case 'x' -> CodePoints.one(hex(2));
      case 'u' -> CodePoints.one(unicode());
      case 'b' -> {
        if (!inClass) {
          throw refusal("has \\b");
        }
        yield CodePoints.one('\b');
      }
      default -> {
        if (c > 0x7f || Character.isLetterOrDigit(c)) {
          throw refusal("has an escape that is not supported");
        }
        yield CodePoints.one(c);
      }
    };
  }

  private int unicode() throws SchemaRefusal {
    if (!accept('{')) {
      int unit = hex(4);
      if (Character.isSurrogate((char) unit)) {
        throw refusal("has half of a surrogate pair");
      }
      return unit;
    }
    int value = 0;
    while (!accept('}')) {
      value = value * 16 + hex(1);
      if (value > CodePoints.MAX) {
        throw refusal("has a character beyond Unicode");
      }
    }
    return value;
  }

  private int hex(int digits) throws SchemaRefusal {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int c = next();
      int digit = c > 0x7f ? -1 : Character.digit(c, 16);
      if (digit < 0) {
        throw refusal("has a malformed escape");
      }
      value = value * 16 + digit;
    }
    return value;
  }

  private int number() throws SchemaRefusal {
    int value = 0;
    int begin = at;
    while (at < text.length && text[at] >= '0' && text[at] <= '9') {
      value = value * 10 + text[at++] - '0';
      if (value > REPETITIONS_MAX) {
        throw refusal("repeats more than " + REPETITIONS_MAX + " times");
      }
    }
    if (begin == at) {
      throw refusal("has a malformed repetition");
    }
    return value;
  }

  private int next() throws SchemaRefusal {
    if (at == text.length) {
      throw refusal("ends too early");
    }
    int c = text[at++];
    if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      throw refusal("has half of a surrogate pair");
    }
    return c;
  }

  private boolean accept(int c) {
    boolean here = at < text.length && text[at] == c;
    at += here ? 1 : 0;
    return here;
  }

  private void skipWhile(IntPredicate wanted) {
    while (at < text.length && wanted.test(text[at])) {
      at++;
    }
  }

  private void expectEnd() throws SchemaRefusal {
    if (at < text.length) {
      throw refusal("has a closing parenthesis too many");
    }
  }

  private SchemaRefusal refusal(String fault) {
    return new SchemaRefusal("the regular expression " + fault);
  }
}
