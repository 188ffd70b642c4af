// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What is done to plain text: whether it is any, its form for comparison, and its passages.
final class PlainText {
  /// The most UTF-16 units of a passage, about 500 tokens of English.
  static final int PASSAGE_CHARACTERS_MAX = 2_000;

  private static final Pattern PARAGRAPH_END = Pattern.compile("\\n[ \\t]*\\n\\s*");
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}]+");

  private PlainText() {}

  /// Whether a text has no control characters but white space and no half of a surrogate pair.
  static boolean isPlain(String text) {
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if ((c < ' ' && "\t\n\r\f".indexOf(c) < 0) || c == 0x7f) {
        return false;
      }
      if (Character.isHighSurrogate(c)) {
        at++;
        if (at == text.length() || !Character.isLowSurrogate(text.charAt(at))) {
          return false;
        }
      } else if (Character.isLowSurrogate(c)) {
        return false;
      }
    }
    return true;
  }

  /// The form in which texts are compared: compatibility characters as their plain ones (Unicode
  /// NFKC), lower case, one space for any white space, none at the ends.
  static String normalised(String text) {
    String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    return SPACE.matcher(folded).replaceAll(" ").strip();
  }

  /// Cuts a text into passages of whole paragraphs, and a paragraph that is too long at the end of
  /// a sentence or a word where there is one.
  static List<String> passages(String text) {
    List<String> passages = new ArrayList<>();
    StringBuilder passage = new StringBuilder();
    String lines = text.replace("\r\n", "\n").replace('\r', '\n');
    for (String paragraph : PARAGRAPH_END.split(lines, -1)) {
      for (String piece : pieces(paragraph.strip())) {
        if (passage.length() + 2 + piece.length() > PASSAGE_CHARACTERS_MAX) {
          end(passage, passages);
        }
        if (!passage.isEmpty()) {
          passage.append("\n\n");
        }
        passage.append(piece);
      }
    }
    end(passage, passages);
    return passages;
  }

  private static void end(StringBuilder passage, List<String> passages) {
    if (!passage.isEmpty()) {
      passages.add(passage.toString());
      passage.setLength(0);
    }
  }

  private static List<String> pieces(String paragraph) {
    List<String> pieces = new ArrayList<>();
    int from = 0;
    while (paragraph.length() - from > PASSAGE_CHARACTERS_MAX) {
      int to = cut(paragraph, from);
      pieces.add(paragraph.substring(from, to).strip());
      from = to;
    }
    pieces.add(paragraph.substring(from).strip());
    pieces.removeIf(String::isEmpty);
    return pieces;
  }

  /// Where to cut a text that is too long: in the second half of a passage after a sentence, else
  /// after a word, else between two characters.
  private static int cut(String text, int from) {
    int end = from + PASSAGE_CHARACTERS_MAX;
    int word = -1;
    for (int at = end - 1; at >= from + PASSAGE_CHARACTERS_MAX / 2; at--) {
      char c = text.charAt(at);
      if (Character.isWhitespace(c)) {
        if (c == '\n' || ".!?".indexOf(text.charAt(at - 1)) >= 0) {
          return at;
        }
        word = Math.max(word, at);
      }
    }
    if (word > 0) {
      return word;
    }
    return Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end;
  }
}
