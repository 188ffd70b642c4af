// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.List;

/// Reads JSON (RFC 8259) into values whose texts all count as given.
final class JsonReader {
  private static final int DEPTH_MAX = 64;

  private final String json;
  private int at;
  private int depth;

  private JsonReader(String json) {
    this.json = json;
  }

  /// @throws Refusal when `json` is no JSON
  static Value read(String json) {
    JsonReader reader = new JsonReader(json);
    Value value = reader.value();
    reader.skipSpace();
    if (reader.at != json.length()) {
      throw refusal();
    }
    return value;
  }

  private static Refusal refusal() {
    return Refusal.because("what should be JSON is none");
  }

  private void skipSpace() {
    while (at < json.length() && " \t\r\n".indexOf(json.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    skipSpace();
    if (at >= json.length()) {
      throw refusal();
    }
    return json.charAt(at);
  }

  private void expect(String literal) {
    if (!json.startsWith(literal, at)) {
      throw refusal();
    }
    at += literal.length();
  }

  private Value value() {
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> Text.given(string());
      case 't' -> literal("true", Value.TRUE);
      case 'f' -> literal("false", Value.FALSE);
      case 'n' -> literal("null", Value.NONE);
      default -> number();
    };
  }

  private Value literal(String spelling, Value value) {
    expect(spelling);
    return value;
  }

  private void enter() {
    depth++;
    if (depth > DEPTH_MAX) {
      throw Refusal.because("JSON nests more than %d deep".formatted(DEPTH_MAX));
    }
    at++;
  }

  private Value object() {
    enter();
    Value.Dict dict = new Value.Dict();
    if (peek() != '}') {
      do {
        if (peek() != '"') {
          throw refusal();
        }
        Text key = Text.given(string());
        skipSpace();
        expect(":");
        dict.put(key, value());
      } while (skipComma('}'));
    }
    expect("}");
    depth--;
    return dict;
  }

  private Value array() {
    enter();
    List<Value> items = new ArrayList<>();
    if (peek() != ']') {
      do {
        items.add(value());
      } while (skipComma(']'));
    }
    expect("]");
    depth--;
    return Value.Seq.list(items);
  }

  private boolean skipComma(char close) {
    char c = peek();
    if (c == ',') {
      at++;
      return true;
    }
    if (c != close) {
      throw refusal();
    }
    return false;
  }

  private Value number() {
    int start = at;
    while (at < json.length() && "+-.eE0123456789".indexOf(json.charAt(at)) >= 0) {
      at++;
    }
    String spelling = json.substring(start, at);
    if (spelling.length() > 320 || !spelling.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) {
      throw refusal();
    }
    if (spelling.matches("-?\\d{1,18}")) {
      return new Value.Whole(Long.parseLong(spelling));
    }
    return new Value.Real(Double.parseDouble(spelling));
  }

  private String string() {
    at++;
    StringBuilder text = new StringBuilder();
    while (at < json.length() && json.charAt(at) != '"') {
      char c = json.charAt(at++);
      if (c == '\\') {
        escape(text);
      } else if (c < 0x20) {
        throw refusal();
      } else {
        text.append(c);
      }
    }
    expect("\"");
    return text.toString();
  }

  private void escape(StringBuilder text) {
    char letter = at < json.length() ? json.charAt(at++) : ' ';
    switch (letter) {
      case '"', '\\', '/' -> text.append(letter);
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'n' -> text.append('\n');
      case 'r' -> text.append('\r');
      case 't' -> text.append('\t');
      case 'u' -> {
        if (at + 4 > json.length() || !json.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
          throw refusal();
        }
        text.append((char) Integer.parseInt(json.substring(at, at + 4), 16));
        at += 4;
      }
      default -> throw refusal();
    }
  }
}
