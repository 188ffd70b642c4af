// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.List;
import java.util.Set;
import org.peermind.inference.internal.template.Token.Kind;

/// Reads tokens one after another.
final class TokenReader {
  private static final int NESTING_MAX = 60;

  private final List<Token> tokens;
  private int at;
  private int nesting;

  TokenReader(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peekSecond() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  int line() {
    return peek().line();
  }

  boolean atOperator(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  boolean atName(String name) {
    return peek().is(Kind.NAME, name);
  }

  boolean atName(Set<String> names) {
    return peek().kind() == Kind.NAME && names.contains(peek().text());
  }

  boolean skipOperator(String operator) {
    return skip(atOperator(operator));
  }

  boolean skipName(String name) {
    return skip(atName(name));
  }

  private boolean skip(boolean here) {
    if (here) {
      next();
    }
    return here;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  String expect(Kind kind, String what) {
    if (peek().kind() != kind) {
      throw unexpected(what);
    }
    return next().text();
  }

  String name() {
    return expect(Kind.NAME, "a name");
  }

  Refusal unexpected(String wanted) {
    return refusal("%s is expected and something else found".formatted(wanted));
  }

  Refusal refusal(String what) {
    return Refusal.because("line %d: %s".formatted(line(), what));
  }

  void enter() {
    nesting++;
    if (nesting > NESTING_MAX) {
      throw refusal("brackets or blocks nest more than %d deep".formatted(NESTING_MAX));
    }
  }

  void leave() {
    nesting--;
  }
}
