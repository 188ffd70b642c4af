// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

/// Cuts a stream of text between characters only: half of a surrogate pair at the end of one part
/// waits for the next, and a half that never finds its other becomes U+FFFD.
final class WholeCharacters {
  private static final char REPLACEMENT = '\uFFFD';

  private String held = "";

  /// The text that can be sent now, perhaps none.
  String take(String part) {
    String text = held + part;
    held = "";
    int end = text.length();
    if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      held = text.substring(end - 1);
      text = text.substring(0, end - 1);
    }
    return repaired(text);
  }

  /// What was held back when the text ended.
  String rest() {
    String rest = held;
    held = "";
    return repaired(rest);
  }

  private static String repaired(String text) {
    StringBuilder whole = null;
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(unit)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else if (Character.isSurrogate(unit)) {
        whole = whole == null ? new StringBuilder(text) : whole;
        whole.setCharAt(i, REPLACEMENT);
      }
    }
    return whole == null ? text : whole.toString();
  }
}
