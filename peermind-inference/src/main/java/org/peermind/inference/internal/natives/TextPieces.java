// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.util.ArrayList;
import java.util.List;

/// Cuts a long text into pieces that are turned into tokens one by one.
///
/// llama.cpp splits a text before it merges bytes, for many vocabularies by `std::regex`, which
/// calls itself for each character of a match: 20,000 spaces need megabytes of stack, and there is
/// no other end to it than the length of the text. So no piece is longer than a stack of
/// [#STACK_BYTES] can take, measured for every way to split that b4916 and v0.5.0 know. One of them
/// looks from each digit to the end of its number; long numbers are cut too.
///
/// Where a text is cut depends on the text alone, so every machine gives it the same tokens. A text
/// of less than [#PIECE_CHARS_MAX] without a number of [#DIGITS_MAX] digits is never cut, and a
/// longer one where a line begins with a letter, if it has such lines: there nearly all
/// vocabularies cut as well.
public final class TextPieces {
  /// The stack that a thread needs to turn a piece into tokens.
  public static final long STACK_BYTES = 64L << 20;

  /// The longest piece, in UTF-16 units.
  static final int PIECE_CHARS_MAX = 32_768;

  /// The longest run of digits in a piece; three divides it, because some vocabularies group digits
  /// by three.
  static final int DIGITS_MAX = 999;

  private TextPieces() {}

  /// The pieces of `text`; together they are the text.
  static List<String> of(String text) {
    List<String> pieces = new ArrayList<>();
    int from = 0;
    int digits = 0;
    for (int at = 0; at < text.length(); at++) {
      digits = Character.isDigit(text.charAt(at)) ? digits + 1 : 0;
      if (digits > DIGITS_MAX) {
        pieces.add(text.substring(from, at));
        from = at;
        digits = 1;
      } else if (at - from == PIECE_CHARS_MAX) {
        int cut = cut(text, from, at);
        pieces.add(text.substring(from, cut));
        from = cut;
      }
    }
    if (from < text.length()) {
      pieces.add(text.substring(from));
    }
    return pieces;
  }

  /// The last good place to end a piece that begins at `from` and ends at `latest` at the latest.
  private static int cut(String text, int from, int latest) {
    int earliest = from + PIECE_CHARS_MAX / 2;
    for (int at = latest; at > earliest; at--) {
      if (text.charAt(at - 1) == '\n' && Character.isLetter(text.charAt(at))) {
        return at;
      }
    }
    for (int at = latest - 1; at > earliest; at--) {
      boolean word = text.charAt(at) == ' ' && Character.isLetter(text.charAt(at + 1));
      if (word && Character.isLetter(text.charAt(at - 1))) {
        return at;
      }
    }
    return Character.isLowSurrogate(text.charAt(latest)) ? latest - 1 : latest;
  }
}
