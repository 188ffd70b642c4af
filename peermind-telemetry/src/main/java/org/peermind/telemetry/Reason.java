// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

/// Why something happened: one sentence that Peermind's own code wrote for a person.
///
/// Never pass text here that came out of a request, an answer or a peer; use the
/// [org.peermind.protocol.RefusalCode] that came with it. Line breaks and control characters become
/// spaces, so that a reason cannot forge a line in a log.
public record Reason(String sentence) {
  public static final int CHARACTERS_MAX = 300;

  public Reason {
    sentence = sentence.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
    if (sentence.isEmpty()) {
      throw new IllegalArgumentException("A reason must say something");
    }
    if (sentence.length() > CHARACTERS_MAX) {
      int end = CHARACTERS_MAX - 1;
      // A character outside the basic plane is two chars; half of one is not text.
      end -= Character.isHighSurrogate(sentence.charAt(end - 1)) ? 1 : 0;
      sentence = sentence.substring(0, end) + "…";
    }
  }

  public static Reason of(String sentence) {
    return new Reason(sentence);
  }

  @Override
  public String toString() {
    return sentence;
  }
}
