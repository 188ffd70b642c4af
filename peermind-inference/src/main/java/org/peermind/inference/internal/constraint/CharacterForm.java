// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// How a character of a pattern stands in the answer's bytes.
enum CharacterForm {
  /// As UTF-8.
  PLAIN,
  /// As inside a JSON string, in one way only: an escape where JSON demands one, else UTF-8.
  JSON_STRING;

  private static final int[] CONTINUATION_FIRST = {0, 0x80, 0x800, 0x10000};
  private static final int[] CONTINUATION_LAST = {0x7f, 0x7ff, 0xffff, CodePoints.MAX};

  /// Adds edges from `from` to `to` for every character of `set`.
  void addTo(Nfa nfa, int from, int to, CodePoints set) throws SchemaRefusal {
    for (CodePoints.Range range : set.ranges()) {
      int first = range.first();
      while (this == JSON_STRING && first <= Math.min(range.last(), '\\')) {
        int end = Math.min(range.last(), unescapedUntil(first));
        if (end < first) {
          addBytes(nfa, from, to, escaped(first));
          first++;
        } else {
          addUtf8(nfa, from, to, first, end);
          first = end + 1;
        }
      }
      if (first <= range.last()) {
        addUtf8(nfa, from, to, first, range.last());
      }
    }
  }

  /// The last character of the run without escapes that begins at `first`, or less than `first`.
  private static int unescapedUntil(int first) {
    if (first < 0x20 || first == '"' || first == '\\') {
      return -1;
    }
    if (first < '"') {
      return '"' - 1;
    }
    return first < '\\' ? '\\' - 1 : CodePoints.MAX;
  }

  /// `text` as a JSON string, in the one way in which patterns write it.
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              boolean plain = unescapedUntil(c) >= c;
              quoted.append(plain ? Character.toString(c) : escape(c));
            });
    return quoted.append('"').toString();
  }

  private static byte[] escaped(int character) {
    return escape(character).getBytes(StandardCharsets.US_ASCII);
  }

  private static String escape(int character) {
    return switch (character) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      default -> String.format(Locale.ROOT, "\\u%04x", character);
    };
  }

  private static void addBytes(Nfa nfa, int from, int to, byte[] bytes) throws SchemaRefusal {
    nfa.silentEdge(nfa.path(from, bytes), to);
  }

  /// Splits a range of code points where the length of their UTF-8 changes.
  private static void addUtf8(Nfa nfa, int from, int to, int first, int last) throws SchemaRefusal {
    for (int length = 1; length <= 4; length++) {
      int low = Math.max(first, CONTINUATION_FIRST[length - 1]);
      int high = Math.min(last, CONTINUATION_LAST[length - 1]);
      if (low <= high) {
        addSameLength(nfa, from, to, low, high, length);
      }
    }
  }

  /// Splits a range further until each byte of a part varies independently (the way of RE2 and of
  /// Rust's utf8-ranges).
  private static void addSameLength(Nfa nfa, int from, int to, int first, int last, int length)
      throws SchemaRefusal {
    for (int tail = 1; tail < length; tail++) {
      int mask = (1 << (6 * tail)) - 1;
      if ((first & ~mask) == (last & ~mask)) {
        continue;
      }
      if ((first & mask) != 0) {
        addSameLength(nfa, from, to, first, first | mask, length);
        addSameLength(nfa, from, to, (first | mask) + 1, last, length);
        return;
      }
      if ((last & mask) != mask) {
        addSameLength(nfa, from, to, first, (last & ~mask) - 1, length);
        addSameLength(nfa, from, to, last & ~mask, last, length);
        return;
      }
    }
    byte[] low = utf8(first);
    byte[] high = utf8(last);
    int at = from;
    for (int i = 0; i < length; i++) {
      int next = i == length - 1 ? to : nfa.state();
      nfa.edge(at, low[i] & 0xff, high[i] & 0xff, next);
      at = next;
    }
  }

  private static byte[] utf8(int codePoint) {
    return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
  }
}
