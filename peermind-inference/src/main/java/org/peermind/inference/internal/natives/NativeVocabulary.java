// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.peermind.inference.EngineException;

/// The tokens of a loaded model. Every token is checked here first, because the library ends the
/// process on one out of range.
///
/// It lives as long as its [LlamaModel]. [#tokenize] may be called by another thread than the
/// model's; the rest may not.
public final class NativeVocabulary {
  static final int TEXT_BYTES_MAX = 4 << 20;
  private static final int PIECE_BYTES_MAX = 1 << 16;
  private static final int TOKENIZER_SENTENCE_PIECE = 1;

  private final LlamaLibrary library;
  private final MemorySegment vocabulary;
  private final int size;
  private final MemorySegment pieceBuffer;
  private final boolean sentencePiece;
  private final OptionalInt beginToken;
  private final String beginSpelling;
  private final String endSpelling;

  NativeVocabulary(LlamaLibrary library, MemorySegment model, Arena arena) throws EngineException {
    this.library = library;
    NativeSymbols symbols = library.symbols();
    vocabulary = symbols.pointer("llama_model_get_vocab", model);
    size = symbols.smallNumber("llama_vocab_n_tokens", vocabulary);
    pieceBuffer = arena.allocate(PIECE_BYTES_MAX);
    sentencePiece = symbols.smallNumber("llama_vocab_type", vocabulary) == TOKENIZER_SENTENCE_PIECE;
    int begin = symbols.smallNumber("llama_vocab_bos", vocabulary);
    beginToken =
        symbols.truth("llama_vocab_get_add_bos", vocabulary) && begin >= 0
            ? OptionalInt.of(begin)
            : OptionalInt.empty();
    beginSpelling = begin < 0 ? "" : spelling(begin);
    int end = symbols.smallNumber("llama_vocab_eos", vocabulary);
    endSpelling = end < 0 ? "" : spelling(end);
  }

  /// How many tokens there are.
  public int size() {
    return size;
  }

  /// Whether words begin with a space, SentencePiece's way.
  public boolean sentencePiece() {
    return sentencePiece;
  }

  /// The token that begins every prompt, if the model wants one.
  public OptionalInt beginToken() {
    return beginToken;
  }

  /// How the vocabulary spells the token that begins a prompt; empty when it has none.
  String beginSpelling() {
    return beginSpelling;
  }

  /// How the vocabulary spells the token that ends an answer; empty when it has none.
  String endSpelling() {
    return endSpelling;
  }

  /// Whether `token` ends an answer.
  public boolean isEndOfGeneration(int token) {
    return library.isEndOfGeneration(vocabulary, checked(token));
  }

  /// The attribute bits of a token (`enum llama_token_attr`).
  int attributes(int token) {
    return library.tokenAttributes(vocabulary, checked(token));
  }

  /// The token as the vocabulary spells it.
  public String spelling(int token) {
    MemorySegment text = library.tokenText(vocabulary, checked(token));
    return text.address() == 0 ? "" : text.reinterpret(PIECE_BYTES_MAX).getString(0);
  }

  /// The bytes that `token` stands for; none for a control token.
  public byte[] piece(int token) {
    int length = library.piece(vocabulary, checked(token), pieceBuffer, PIECE_BYTES_MAX);
    return length <= 0 ? new byte[0] : pieceBuffer.asSlice(0, length).toArray(JAVA_BYTE);
  }

  /// The tokens of `text`, without a begin token. Control tokens are recognised only with
  /// `parseSpecial`, which is never set for what a user wrote.
  int[] tokenize(String text, boolean parseSpecial) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > TEXT_BYTES_MAX) {
      throw new IllegalArgumentException("A text to tokenize has at most 4 MiB");
    }
    try (Arena scratch = Arena.ofConfined()) {
      int tokensMax = bytes.length + 2;
      MemorySegment tokens = scratch.allocate(JAVA_INT, tokensMax);
      MemorySegment in = scratch.allocateFrom(JAVA_BYTE, bytes);
      int count = library.tokenize(vocabulary, in, bytes.length, tokens, tokensMax, parseSpecial);
      if (count < 0) {
        throw new IllegalStateException("A text has more tokens than bytes");
      }
      return tokens.asSlice(0, 4L * count).toArray(JAVA_INT);
    }
  }

  /// The token itself.
  ///
  /// @throws IllegalArgumentException when the vocabulary has no such token
  int checked(int token) {
    if (token < 0 || token >= size) {
      throw new IllegalArgumentException(
          "Token %d is not in the vocabulary of %d".formatted(token, size));
    }
    return token;
  }
}
