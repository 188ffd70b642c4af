// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.peermind.inference.internal.template.Token.Kind;

/// Cuts a template into tokens, with Jinja's rules for whitespace under `trim_blocks` and
/// `lstrip_blocks`, which chat templates are written for.
final class Lexer {
  private static final int TOKENS_MAX = 400_000;
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private final Deque<Character> brackets = new ArrayDeque<>();
  private int at;
  private int line = 1;
  private int counted;
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  /// @throws Refusal when the source is not a template
  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    Lexer lexer = new Lexer(source);
    while (lexer.at < source.length()) {
      lexer.piece();
    }
    lexer.add(Kind.END, "");
    return lexer.tokens;
  }

  private void piece() {
    int open = nextTag(at);
    if (open < 0) {
      addData(source.substring(at));
      at = source.length();
      return;
    }
    char kind = source.charAt(open + 1);
    char sign = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
    boolean signed = sign == '-' || sign == '+';
    addData(strippedBefore(source.substring(at, open), sign, kind != '{'));
    at = open + (signed ? 3 : 2);
    countLines();
    switch (kind) {
      case '#' -> comment();
      case '{' -> inside(Kind.OUTPUT_BEGIN);
      default -> {
        if (!raw()) {
          inside(Kind.BLOCK_BEGIN);
        }
      }
    }
  }

  private int nextTag(int from) {
    for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /// What stays of the text before a tag.
  private String strippedBefore(String text, char sign, boolean block) {
    if (sign == '-') {
      return text.substring(0, endWithoutSpace(text));
    }
    if (sign != '+' && block) {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || lineStarting) && text.substring(lineStart).isBlank()) {
        return text.substring(0, lineStart);
      }
    }
    return text;
  }

  private static int endWithoutSpace(String text) {
    int end = text.length();
    while (end > 0 && Text.isSpace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  private void comment() {
    int close = source.indexOf("#}", at);
    if (close < 0) {
      throw refusal("a comment has no end");
    }
    char sign = close > at ? source.charAt(close - 1) : ' ';
    at = close + 2;
    afterTag(sign, true);
  }

  /// Consumes the whitespace that a tag ending with `sign` takes with it.
  private void afterTag(char sign, boolean trimNewline) {
    int from = at;
    if (sign == '-') {
      while (at < source.length() && Text.isSpace(source.charAt(at))) {
        at++;
      }
    } else if (sign != '+' && trimNewline && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
    lineStarting = at > from && source.charAt(at - 1) == '\n';
  }

  /// Reads `{% raw %}...{% endraw %}` if that is what follows.
  private boolean raw() {
    int name = skipSpace(at);
    if (!source.startsWith("raw", name)) {
      return false;
    }
    int close = skipSpace(name + 3);
    boolean minus = source.startsWith("-%}", close);
    if (!minus && !source.startsWith("%}", close)) {
      return false;
    }
    at = close + (minus ? 3 : 2);
    afterTag(minus ? '-' : '+', false);
    int begin = at;
    for (int open = source.indexOf("{%", at); open >= 0; open = source.indexOf("{%", open + 1)) {
      int inner = open + 2;
      char sign = inner < source.length() ? source.charAt(inner) : ' ';
      inner = skipSpace(sign == '-' || sign == '+' ? inner + 1 : inner);
      if (source.startsWith("endraw", inner)) {
        int end = skipSpace(inner + 6);
        char endSign = end < source.length() ? source.charAt(end) : ' ';
        end = endSign == '-' || endSign == '+' ? end + 1 : end;
        if (source.startsWith("%}", end)) {
          addData(strippedBefore(source.substring(begin, open), sign, true));
          at = end + 2;
          afterTag(endSign, true);
          return true;
        }
      }
    }
    throw refusal("a raw block has no end");
  }

  private int skipSpace(int from) {
    int i = from;
    while (i < source.length() && Text.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /// Reads the tokens of a tag up to its end.
  private void inside(Kind begin) {
    boolean block = begin == Kind.BLOCK_BEGIN;
    String close = block ? "%}" : "}}";
    add(begin, "");
    brackets.clear();
    while (true) {
      at = skipSpace(at);
      countLines();
      if (at >= source.length()) {
        throw refusal("a tag has no end");
      }
      if (brackets.isEmpty()) {
        char sign = source.charAt(at);
        boolean signed = sign == '-' || (block && sign == '+');
        if (source.startsWith(close, signed ? at + 1 : at)) {
          at += signed ? 3 : 2;
          add(block ? Kind.BLOCK_END : Kind.OUTPUT_END, "");
          afterTag(signed ? sign : ' ', block);
          return;
        }
      }
      token();
    }
  }

  private void token() {
    char c = source.charAt(at);
    if (c == '\'' || c == '"') {
      string(c);
    } else if (c >= '0' && c <= '9') {
      number();
    } else if (c == '_' || Character.isUnicodeIdentifierStart(c)) {
      int end = at + 1;
      while (end < source.length()
          && (source.charAt(end) == '_' || Character.isUnicodeIdentifierPart(source.charAt(end)))) {
        end++;
      }
      add(Kind.NAME, source.substring(at, end));
      at = end;
    } else {
      operator();
    }
  }

  private void operator() {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        balance(operator);
        add(Kind.OPERATOR, operator);
        at += operator.length();
        return;
      }
    }
    throw refusal("the character '" + printable(source.charAt(at)) + "' is not expected");
  }

  private static String printable(char c) {
    return c < 0x20 || Character.isSurrogate(c) ? "U+%04X".formatted((int) c) : String.valueOf(c);
  }

  private void balance(String operator) {
    switch (operator) {
      case "(" -> brackets.push(')');
      case "[" -> brackets.push(']');
      case "{" -> brackets.push('}');
      case ")", "]", "}" -> {
        if (brackets.isEmpty() || brackets.pop() != operator.charAt(0)) {
          throw refusal("the bracket '" + operator + "' is not expected");
        }
      }
      default -> {}
    }
  }

  private void number() {
    int end = digits(at);
    boolean real = false;
    if (end + 1 < source.length()
        && source.charAt(end) == '.'
        && Character.isDigit(source.charAt(end + 1))) {
      real = true;
      end = digits(end + 1);
    }
    if (end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
      int exponent = end + 1;
      if (exponent < source.length() && "+-".indexOf(source.charAt(exponent)) >= 0) {
        exponent++;
      }
      if (exponent < source.length() && Character.isDigit(source.charAt(exponent))) {
        real = true;
        end = digits(exponent);
      }
    }
    add(real ? Kind.REAL : Kind.WHOLE, source.substring(at, end).replace("_", ""));
    at = end;
  }

  private int digits(int from) {
    int i = from;
    while (i < source.length()
        && (source.charAt(i) == '_' || (source.charAt(i) >= '0' && source.charAt(i) <= '9'))) {
      i++;
    }
    return i;
  }

  private void string(char quote) {
    StringBuilder decoded = new StringBuilder();
    int i = at + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      char c = source.charAt(i);
      if (c == '\\' && i + 1 < source.length()) {
        i = Escapes.decode(source, i + 1, decoded);
      } else {
        decoded.append(c);
        i++;
      }
    }
    if (i >= source.length()) {
      throw refusal("a string has no end");
    }
    add(Kind.STRING, decoded.toString());
    at = i + 1;
  }

  private void addData(String text) {
    if (!text.isEmpty()) {
      add(Kind.DATA, text);
    }
  }

  private void add(Kind kind, String text) {
    if (tokens.size() >= TOKENS_MAX) {
      throw refusal("it has more than %,d tokens".formatted(TOKENS_MAX));
    }
    tokens.add(new Token(kind, text, line));
  }

  private void countLines() {
    while (counted < at) {
      if (source.charAt(counted++) == '\n') {
        line++;
      }
    }
  }

  private Refusal refusal(String what) {
    countLines();
    return Refusal.because("line %d: %s".formatted(line, what));
  }
}
