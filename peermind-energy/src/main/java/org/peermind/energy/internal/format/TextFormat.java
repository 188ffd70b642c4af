// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.Map;

/// A page or a line of text that is no JSON; the document is `{"text": ...}`, for expressions such
/// as `$substringAfter(text, "Currently")`.
final class TextFormat implements AnswerFormat {
  private static final int CHARACTERS_MAX = 1 << 16;

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    if (answer.length() > CHARACTERS_MAX) {
      throw new UnreadableAnswer("the answer is longer than 64 KiB");
    }
    if (answer.isBlank()) {
      throw new UnreadableAnswer("the answer is empty");
    }
    if (answer.codePoints().anyMatch(TextFormat::isNoText)) {
      throw new UnreadableAnswer("the answer is no text");
    }
    return Map.of("text", answer);
  }

  /// Control characters other than those of layout, and what stands for broken characters.
  private static boolean isNoText(int c) {
    return (Character.isISOControl(c) && c != '\t' && c != '\n' && c != '\r')
        || c == '\uFFFD'
        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }
}
