// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// A vocabulary of every single byte, an end token, a control token and whatever else is asked for.
final class TestVocabulary implements TokenVocabulary {
  static final int END = 256;
  static final int CONTROL = 257;

  private final List<byte[]> texts = new ArrayList<>();

  private TestVocabulary() {
    for (int b = 0; b < 256; b++) {
      texts.add(new byte[] {(byte) b});
    }
    texts.add(new byte[0]);
    texts.add(new byte[0]);
  }

  static TestVocabulary of(String... words) {
    TestVocabulary vocabulary = new TestVocabulary();
    for (String word : words) {
      vocabulary.texts.add(word.getBytes(StandardCharsets.UTF_8));
    }
    return vocabulary;
  }

  /// Adds tokens up to `size`: parts of JSON, words, numbers, accents and broken characters, some
  /// twice.
  static TestVocabulary random(RandomGenerator random, int size) {
    TestVocabulary vocabulary = new TestVocabulary();
    String[] parts = {
      "\"", "{", "}", "[", "]", ":", ",", " ", "\n", "  ", "\\", "\\u", "\\n", "true", "null", "-",
      ".", "e", "é", "日", "😀", "0", "12", "999", "a", "ing", "the", "Z", "T", "@", "\": ", "\", \""
    };
    while (vocabulary.texts.size() < size) {
      StringBuilder text = new StringBuilder();
      int count = 1 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        boolean letter = random.nextInt(3) == 0;
        text.append(
            letter ? (char) ('a' + random.nextInt(26)) : parts[random.nextInt(parts.length)]);
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      int from = random.nextInt(8) == 0 ? random.nextInt(bytes.length) : 0;
      vocabulary.texts.add(java.util.Arrays.copyOfRange(bytes, from, bytes.length));
    }
    return vocabulary;
  }

  @Override
  public int size() {
    return texts.size();
  }

  @Override
  public byte[] bytes(int token) {
    return texts.get(token);
  }

  @Override
  public boolean ends(int token) {
    return token == END;
  }
}
