// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

/// The escapes of a Python string literal.
final class Escapes {
  private Escapes() {}

  /// Decodes the escape whose letter is at `at`, appends it, and returns where the source goes on.
  static int decode(String source, int at, StringBuilder into) {
    char letter = source.charAt(at);
    return switch (letter) {
      case '\n' -> at + 1;
      case '\\', '\'', '"' -> plain(into, letter, at);
      case 'n' -> plain(into, '\n', at);
      case 't' -> plain(into, '\t', at);
      case 'r' -> plain(into, '\r', at);
      case 'b' -> plain(into, '\b', at);
      case 'f' -> plain(into, '\f', at);
      case 'a' -> plain(into, '\u0007', at);
      case 'v' -> plain(into, '\u000b', at);
      case 'x' -> hex(source, at, 2, into);
      case 'u' -> hex(source, at, 4, into);
      case 'U' -> hex(source, at, 8, into);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(source, at, into);
      default -> {
        into.append('\\').append(letter);
        yield at + 1;
      }
    };
  }

  private static int plain(StringBuilder into, char c, int at) {
    into.append(c);
    return at + 1;
  }

  private static int hex(String source, int at, int digits, StringBuilder into) {
    int value = 0;
    for (int i = at + 1; i <= at + digits; i++) {
      int digit = i < source.length() ? Character.digit(source.charAt(i), 16) : -1;
      if (digit < 0 || value > Character.MAX_CODE_POINT >> 4) {
        throw Refusal.because("a string has a broken escape");
      }
      value = value * 16 + digit;
    }
    into.appendCodePoint(value);
    return at + digits + 1;
  }

  private static int octal(String source, int at, StringBuilder into) {
    int value = 0;
    int i = at;
    while (i < source.length() && i < at + 3 && Character.digit(source.charAt(i), 8) >= 0) {
      value = value * 8 + Character.digit(source.charAt(i), 8);
      i++;
    }
    into.append((char) value);
    return i;
  }
}
