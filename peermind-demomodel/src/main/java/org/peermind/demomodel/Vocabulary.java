// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufValue;

/// The tokens of a SentencePiece (SPM) tokenizer, in the order that a GGUF file stores them: the
/// unknown token, beginning and end of text, the 256 single bytes, the chat marks, then pieces of
/// text from the best score to the worst.
///
/// In pieces a blank is written U+2581, as SentencePiece does.
public record Vocabulary(List<Entry> entries) {
  /// What a token is for; `id` is the number that `tokenizer.ggml.token_type` uses.
  public enum Kind {
    NORMAL(1),
    UNKNOWN(2),
    CONTROL(3),
    BYTE(6);

    private final int id;

    Kind(int id) {
      this.id = id;
    }

    private static Kind of(int id) {
      return Arrays.stream(values())
          .filter(kind -> kind.id == id)
          .findAny()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "No kind of token has the number %d; use 1, 2, 3 or 6".formatted(id)));
    }

    /// The number that a GGUF file uses.
    public int id() {
      return id;
    }
  }

  /// One token. Of two possible merges the encoder prefers the one with the higher score.
  public record Entry(String text, float score, Kind kind) {
    public Entry {
      requireNonNull(kind, "kind");
      if (text.isEmpty()) {
        throw new IllegalArgumentException("A token needs a text; give at least one character");
      }
    }
  }

  /// The token that begins a message of the chat format.
  public static final String IM_START = "<|im_start|>";

  /// The token that ends a message of the chat format, and with it the model's answer.
  public static final String IM_END = "<|im_end|>";

  /// The id of the unknown token.
  public static final int UNKNOWN_ID = 0;

  /// The id of the token that begins a text.
  public static final int BEGIN_ID = 1;

  /// The id of the token for byte 0; the other bytes follow.
  public static final int FIRST_BYTE_ID = 3;

  /// The id of [#IM_START].
  public static final int IM_START_ID = FIRST_BYTE_ID + 256;

  /// The id of [#IM_END].
  public static final int IM_END_ID = IM_START_ID + 1;

  static final char BLANK = '\u2581';

  public Vocabulary {
    entries = List.copyOf(entries);
    Set<String> texts = new HashSet<>();
    for (Entry entry : entries) {
      if (!texts.add(entry.text())) {
        throw new IllegalArgumentException(
            "The token '%s' is there twice; keep one".formatted(entry.text()));
      }
    }
    if (entries.size() <= IM_END_ID || !entries.get(IM_END_ID).text().equals(IM_END)) {
      throw new IllegalArgumentException(
          "A vocabulary begins with the special tokens and bytes; make it with ofPieces");
    }
  }

  /// The vocabulary of the given pieces, best first.
  public static Vocabulary ofPieces(List<String> pieces) {
    List<Entry> entries = new ArrayList<>();
    entries.add(new Entry("<unk>", 0, Kind.UNKNOWN));
    entries.add(new Entry("<s>", 0, Kind.CONTROL));
    entries.add(new Entry("</s>", 0, Kind.CONTROL));
    for (int value = 0; value < 256; value++) {
      entries.add(new Entry("<0x%02X>".formatted(value), 0, Kind.BYTE));
    }
    entries.add(new Entry(IM_START, 0, Kind.CONTROL));
    entries.add(new Entry(IM_END, 0, Kind.CONTROL));
    for (int rank = 0; rank < pieces.size(); rank++) {
      entries.add(new Entry(pieces.get(rank), -rank, Kind.NORMAL));
    }
    return new Vocabulary(entries);
  }

  /// The vocabulary that a model file made by [#ofPieces] carries.
  ///
  /// @throws IllegalArgumentException when the file has no such vocabulary
  public static Vocabulary read(GgufFile file) {
    List<String> texts = array(file, "tokenizer.ggml.tokens").strings();
    float[] scores = array(file, "tokenizer.ggml.scores").floats();
    int[] kinds = array(file, "tokenizer.ggml.token_type").ints();
    if (scores.length != texts.size() || kinds.length != texts.size()) {
      throw new IllegalArgumentException(
          "%s has %d tokens but %d scores and %d kinds; use a file with one of each for a token"
              .formatted(file.path(), texts.size(), scores.length, kinds.length));
    }
    List<Entry> entries = new ArrayList<>();
    for (int id = 0; id < scores.length; id++) {
      entries.add(new Entry(texts.get(id), scores[id], Kind.of(kinds[id])));
    }
    return new Vocabulary(entries);
  }

  private static GgufValue.Array array(GgufFile file, String key) {
    return file.array(key)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s has no array %s; use a file with an SPM tokenizer"
                        .formatted(file.path(), key)));
  }

  /// How many tokens there are.
  public int size() {
    return entries.size();
  }

  /// The ids of the tokens by their texts.
  Map<String, Integer> ids() {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < entries.size(); id++) {
      ids.put(entries.get(id).text(), id);
    }
    return ids;
  }

  /// The byte that a byte token stands for.
  Optional<Byte> byteOf(int id) {
    return entries.get(id).kind() == Kind.BYTE
        ? Optional.of((byte) (id - FIRST_BYTE_ID))
        : Optional.empty();
  }
}
