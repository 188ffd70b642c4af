// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

class TextPiecesTest {
  private static final String LINE = "The sun shines on a hill.\n";

  @Test
  void leavesATextWhole_thatFitsTheStack() {
    String text = "\n".repeat(TextPieces.PIECE_CHARS_MAX);

    assertThat(TextPieces.of(text)).containsExactly(text);
    assertThat(TextPieces.of("")).isEmpty();
  }

  @Test
  void cutsWhereALineBegins() {
    assertThat(TextPieces.of(LINE.repeat(5_000)))
        .hasSizeGreaterThan(3)
        .allMatch(piece -> piece.startsWith("The sun") && piece.endsWith("hill.\n"));
  }

  @Test
  void cutsBeforeAWord_whenThereAreNoLines() {
    assertThat(TextPieces.of("the sun ".repeat(10_000)))
        .hasSizeGreaterThan(2)
        .allMatch(piece -> piece.matches("(?s) ?(the|sun) .*"));
  }

  @Test
  void cutsLongNumbersByThrees() {
    assertThat(TextPieces.of("a" + "7".repeat(2_000)))
        .containsExactly("a" + "7".repeat(999), "7".repeat(999), "77");
  }

  @Test
  void losesNothingAndKeepsToItsLimits_whateverTheText() {
    String[] parts = {" ", "\n", "a", "Z", "7", "!", "é", "日", "😀", "\u0301", LINE};
    Property.forAll(
        11,
        60,
        random -> {
          StringBuilder made = new StringBuilder();
          while (made.length() < 100_000) {
            made.append(parts[random.nextInt(parts.length)].repeat(1 + random.nextInt(40_000)));
          }
          String text = made.toString();
          assertThat(String.join("", TextPieces.of(text))).isEqualTo(text);
          assertThat(TextPieces.of(text))
              .allMatch(piece -> !piece.isEmpty() && piece.length() <= TextPieces.PIECE_CHARS_MAX)
              .noneMatch(piece -> Character.isLowSurrogate(piece.charAt(0)))
              .noneMatch(piece -> piece.contains("7".repeat(TextPieces.DIGITS_MAX + 1)));
        });
  }
}
