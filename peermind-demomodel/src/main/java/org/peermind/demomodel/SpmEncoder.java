// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/// Cuts text into tokens exactly as llama.cpp does for SPM vocabularies (`llm_tokenizer_spm`), and
/// puts tokens together again.
///
/// Starting from single characters, the two neighbours whose joint text is the token with the
/// highest score are merged, the leftmost first where scores are equal, until nothing can be
/// merged; what is no token then is written as its bytes.
public final class SpmEncoder {
  private final Vocabulary vocabulary;
  private final Map<String, Integer> ids;

  /// An encoder for one vocabulary.
  public SpmEncoder(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.ids = vocabulary.ids();
  }

  private static final class Symbol {
    private String text;
    private int previous;
    private int next;

    Symbol(String text, int index, int count) {
      this.text = text;
      this.previous = index - 1;
      this.next = index + 1 < count ? index + 1 : -1;
    }
  }

  private record Merge(int left, int right, float score, int length) {
    private static final Comparator<Merge> BEST_FIRST =
        Comparator.comparingDouble((Merge merge) -> -merge.score()).thenComparingInt(Merge::left);
  }

  /// The tokens of a plain text, in which nothing is read as a control token.
  public List<Integer> encode(String text) {
    List<String> characters = characters(text.replace(' ', Vocabulary.BLANK));
    List<Symbol> symbols = new ArrayList<>();
    for (int i = 0; i < characters.size(); i++) {
      symbols.add(new Symbol(characters.get(i), i, characters.size()));
    }
    mergeAll(symbols);
    List<Integer> tokens = new ArrayList<>();
    for (int i = symbols.isEmpty() ? -1 : 0; i >= 0; i = symbols.get(i).next) {
      addTokens(symbols.get(i).text, tokens);
    }
    return tokens;
  }

  /// The text of tokens; control tokens leave nothing.
  public String decode(List<Integer> tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int token : tokens) {
      Vocabulary.Entry entry = vocabulary.entries().get(token);
      switch (entry.kind()) {
        case NORMAL ->
            bytes.writeBytes(
                entry.text().replace(Vocabulary.BLANK, ' ').getBytes(StandardCharsets.UTF_8));
        case BYTE -> vocabulary.byteOf(token).ifPresent(bytes::write);
        case CONTROL, UNKNOWN -> {}
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /// The characters (Unicode code points) of a text.
  static List<String> characters(String text) {
    return text.codePoints().mapToObj(Character::toString).toList();
  }

  private void mergeAll(List<Symbol> symbols) {
    PriorityQueue<Merge> merges = new PriorityQueue<>(Merge.BEST_FIRST);
    for (int i = 1; i < symbols.size(); i++) {
      offer(symbols, i - 1, i, merges);
    }
    for (Merge merge = merges.poll(); merge != null; merge = merges.poll()) {
      Symbol left = symbols.get(merge.left());
      Symbol right = symbols.get(merge.right());
      boolean stale =
          left.text.isEmpty()
              || right.text.isEmpty()
              || left.text.length() + right.text.length() != merge.length();
      if (stale) {
        continue;
      }
      left.text += right.text;
      right.text = "";
      left.next = right.next;
      if (right.next >= 0) {
        symbols.get(right.next).previous = merge.left();
      }
      offer(symbols, left.previous, merge.left(), merges);
      offer(symbols, merge.left(), left.next, merges);
    }
  }

  private void offer(List<Symbol> symbols, int left, int right, PriorityQueue<Merge> merges) {
    if (left < 0 || right < 0) {
      return;
    }
    String joined = symbols.get(left).text + symbols.get(right).text;
    Integer id = ids.get(joined);
    if (id != null) {
      merges.add(new Merge(left, right, vocabulary.entries().get(id).score(), joined.length()));
    }
  }

  private void addTokens(String text, List<Integer> tokens) {
    Integer id = ids.get(text);
    if (id != null) {
      tokens.add(id);
      return;
    }
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      tokens.add(Vocabulary.FIRST_BYTE_ID + Byte.toUnsignedInt(value));
    }
  }
}
