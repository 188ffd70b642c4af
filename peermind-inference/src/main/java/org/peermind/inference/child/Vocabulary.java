// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.peermind.inference.TokenLogprob.Candidate;
import org.peermind.inference.internal.natives.LlamaModel;

/// The bytes of every token, read from the native library once, so that an answer asks it for
/// nothing but logits. Safe for several threads.
final class Vocabulary {
  private final byte[][] pieces;
  private final BitSet ends;
  private final boolean sentencePiece;

  private Vocabulary(byte[][] pieces, BitSet ends, boolean sentencePiece) {
    this.pieces = pieces;
    this.ends = ends;
    this.sentencePiece = sentencePiece;
  }

  static Vocabulary of(LlamaModel model) {
    byte[][] pieces = new byte[model.vocabularySize()][];
    BitSet ends = new BitSet(pieces.length);
    for (int token = 0; token < pieces.length; token++) {
      pieces[token] = model.piece(token);
      ends.set(token, model.isEndOfGeneration(token));
    }
    return new Vocabulary(pieces, ends, model.sentencePiece());
  }

  int size() {
    return pieces.length;
  }

  boolean contains(int token) {
    return token >= 0 && token < pieces.length;
  }

  /// The bytes that `token` stands for; none for a control token. Not to be changed.
  byte[] piece(int token) {
    return pieces[token];
  }

  /// Whether `token` ends an answer.
  boolean ends(int token) {
    return ends.get(token);
  }

  /// Whether words begin with a space, SentencePiece's way.
  boolean sentencePiece() {
    return sentencePiece;
  }

  /// The token as a caller sees it.
  Candidate candidate(int token, double logprob) {
    byte[] piece = pieces[token];
    String text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(piece)).toString();
    List<Integer> bytes = IntStream.range(0, piece.length).mapToObj(i -> piece[i] & 0xff).toList();
    return new Candidate(text, bytes, logprob);
  }
}
