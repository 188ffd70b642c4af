// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import org.peermind.protocol.governance.Fields;

/// Texts as signed messages may hold them.
final class Sentence {
  private Sentence() {}

  /// The nearest text without control characters that is not too long.
  static String fitting(String text) {
    String clean = text.replaceAll("\\p{Cntrl}+", " ").strip();
    if (clean.isEmpty()) {
      return "No reason was given.";
    }
    if (clean.length() <= Fields.SENTENCE_CHARACTERS_MAX) {
      return clean;
    }
    int end = Fields.SENTENCE_CHARACTERS_MAX - 1;
    // A character outside the basic plane is two chars; half of one is not text.
    end -= Character.isHighSurrogate(clean.charAt(end - 1)) ? 1 : 0;
    return clean.substring(0, end) + "…";
  }

  /// The text with a full stop.
  static String ended(String text) {
    return text.endsWith(".") ? text : text + ".";
  }
}
