// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

class TextReleaseTest {
  private static final String[] ALPHABET = {"a", "b", " ", "\n", "é", "☀", "🌞", "ab", "END"};

  @Test
  void holdsBackAnIncompleteCharacter() {
    TextRelease release = new TextRelease(List.of(), false);
    byte[] sun = "☀".getBytes(StandardCharsets.UTF_8);

    assertThat(release.push(new byte[] {'a', sun[0]})).isEqualTo("a");
    assertThat(release.push(new byte[] {sun[1]})).isEmpty();
    assertThat(release.push(new byte[] {sun[2], 'b'})).isEqualTo("☀b");
  }

  @Test
  void replacesBytesThatAreNoCharacter() {
    TextRelease release = new TextRelease(List.of(), false);

    assertThat(release.push(new byte[] {(byte) 0xff, 'a', (byte) 0xc3, 'b'})).isEqualTo("�a�b");
  }

  @Test
  void dropsAnIncompleteCharacterAtTheEnd() {
    TextRelease release = new TextRelease(List.of(), false);

    assertThat(release.push(new byte[] {'a', (byte) 0xc3}) + release.finish()).isEqualTo("a");
  }

  @Test
  void holdsBackAPossibleStop_andReleasesItWhenItIsNone() {
    TextRelease release = new TextRelease(List.of("END"), false);

    assertThat(release.push(bytes("text E"))).isEqualTo("text ");
    assertThat(release.push(bytes("N"))).isEmpty();
    assertThat(release.push(bytes("x"))).isEqualTo("ENx");
    assertThat(release.stopped()).isFalse();
  }

  @Test
  void endsBeforeTheFirstStop() {
    TextRelease release = new TextRelease(List.of("zz", "END"), false);

    assertThat(release.push(bytes("a EN"))).isEqualTo("a ");
    assertThat(release.push(bytes("D zz more"))).isEmpty();
    assertThat(release.stopped()).isTrue();
    assertThat(release.push(bytes("b")) + release.finish()).isEmpty();
  }

  @Test
  void releasesAHeldTailAtTheEnd() {
    TextRelease release = new TextRelease(List.of("END"), false);

    assertThat(release.push(bytes("aEN"))).isEqualTo("a");
    assertThat(release.finish()).isEqualTo("EN");
  }

  @Test
  void stripsOneLeadingSpace_ofSentencePieceOnly() {
    TextRelease release = new TextRelease(List.of(), true);

    assertThat(release.push(new byte[0])).isEmpty();
    assertThat(release.push(bytes("  a"))).isEqualTo(" a");
    assertThat(release.push(bytes(" b"))).isEqualTo(" b");
    assertThat(new TextRelease(List.of(), false).push(bytes(" a"))).isEqualTo(" a");
  }

  @Test
  void goesOnExactlyAfterWhatWasReleased_atEverySplitPoint() {
    Property.forAll(
        1,
        600,
        random -> {
          List<byte[]> tokens = tokens(random);
          List<String> stops = stops(random);
          boolean strip = random.nextBoolean();
          TextRelease whole = new TextRelease(stops, strip);
          List<String> released = new ArrayList<>();
          for (byte[] token : tokens) {
            released.add(whole.push(token));
          }
          String tail = whole.finish();
          String uninterrupted = String.join("", released) + tail;
          for (int split = 0; split <= tokens.size(); split++) {
            TextRelease resumed = new TextRelease(stops, strip);
            tokens.subList(0, split).forEach(resumed::push);
            StringBuilder text = new StringBuilder();
            released.subList(0, split).forEach(text::append);
            tokens.subList(split, tokens.size()).forEach(token -> text.append(resumed.push(token)));
            text.append(resumed.finish());
            assertThat(text.toString()).isEqualTo(uninterrupted);
            assertThat(resumed.stopped()).isTrue();
          }
          assertThat(uninterrupted).isEqualTo(expected(tokens, stops, strip));
        });
  }

  /// The text by another way: all bytes at once, cut at the first stop.
  private static String expected(List<byte[]> tokens, List<String> stops, boolean strip) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tokens.forEach(bytes::writeBytes);
    byte[] all = bytes.toByteArray();
    if (strip && all.length > 0 && all[0] == ' ') {
      all = Arrays.copyOfRange(all, 1, all.length);
    }
    String text = new String(all, StandardCharsets.UTF_8);
    int cut = text.length();
    for (String stop : stops) {
      int at = text.indexOf(stop);
      cut = at >= 0 ? Math.min(cut, at) : cut;
    }
    return text.substring(0, cut);
  }

  /// A text of whole characters, cut into tokens anywhere, so also inside characters.
  private static List<byte[]> tokens(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    int parts = random.nextInt(14);
    for (int i = 0; i < parts; i++) {
      text.append(ALPHABET[random.nextInt(ALPHABET.length)]);
    }
    byte[] all = bytes(text.toString());
    List<byte[]> tokens = new ArrayList<>();
    int at = 0;
    while (at < all.length) {
      int next = Math.min(all.length, at + random.nextInt(4));
      tokens.add(Arrays.copyOfRange(all, at, next));
      at = next;
    }
    return tokens;
  }

  private static List<String> stops(RandomGenerator random) {
    List<String> stops = new ArrayList<>();
    int count = random.nextInt(3);
    for (int i = 0; i < count; i++) {
      stops.add(
          ALPHABET[random.nextInt(ALPHABET.length)] + ALPHABET[random.nextInt(ALPHABET.length)]);
    }
    return stops;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
