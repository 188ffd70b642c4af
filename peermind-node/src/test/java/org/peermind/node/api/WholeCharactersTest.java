// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

final class WholeCharactersTest {
  @Test
  void holdsHalfAPairBack_untilTheOtherHalfComes() {
    WholeCharacters characters = new WholeCharacters();

    assertThat(characters.take("sun \ud83c")).isEqualTo("sun ");
    assertThat(characters.take("\udf1e!")).isEqualTo("🌞!");
    assertThat(characters.rest()).isEmpty();
  }

  @Test
  void replacesHalvesThatStayAlone() {
    WholeCharacters characters = new WholeCharacters();

    assertThat(characters.take("a\udf1eb\ud83cc")).isEqualTo("a\ufffdb\ufffdc");
    assertThat(characters.take("\ud83c")).isEmpty();
    assertThat(characters.rest()).isEqualTo("\ufffd");
  }

  @Test
  void keepsWellFormedTextWhole_howeverItIsCut() {
    String text = "héllo 🌞🌍 日本 e\u0301 👩‍👩‍👧";
    Property.forAll(
        1,
        500,
        random -> {
          WholeCharacters characters = new WholeCharacters();
          StringBuilder out = new StringBuilder();
          int at = 0;
          while (at < text.length()) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(3));
            out.append(characters.take(text.substring(at, end)));
            at = end;
          }
          assertThat(out.append(characters.rest()).toString()).isEqualTo(text);
        });
  }
}
