// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.peermind.inference.TokenLogprob.Candidate;
import org.peermind.inference.internal.constraint.CallSyntax;
import org.peermind.inference.internal.constraint.TokenVocabulary;
import org.peermind.inference.internal.natives.LlamaModel;

/// The bytes of every token, read from the native library once, so that an answer asks it for
/// nothing but logits. Safe for several threads.
final class Vocabulary implements TokenVocabulary {
  private final byte[][] pieces;
  private final BitSet ends;
  private final boolean sentencePiece;

  private Vocabulary(byte[][] pieces, BitSet ends, boolean sentencePiece) {
    this.pieces = pieces;
    this.ends = ends;
    this.sentencePiece = sentencePiece;
  }

  /// @param calls how the model writes calls of tools: a control token that spells a mark of one
  ///   stands for that mark
  static Vocabulary of(LlamaModel model, CallSyntax calls) {
    Set<String> marks = new HashSet<>(List.of(calls.prefix().strip(), calls.suffix().strip()));
    byte[][] pieces = new byte[model.vocabularySize()][];
    BitSet ends = new BitSet(pieces.length);
    for (int token = 0; token < pieces.length; token++) {
      pieces[token] = model.vocabulary().piece(token);
      ends.set(token, model.vocabulary().isEndOfGeneration(token));
      if (pieces[token].length == 0 && !ends.get(token)) {
        String spelling = model.vocabulary().spelling(token);
        if (!spelling.isEmpty() && marks.contains(spelling)) {
          pieces[token] = spelling.getBytes(StandardCharsets.UTF_8);
        }
      }
    }
    return new Vocabulary(pieces, ends, model.vocabulary().sentencePiece());
  }

  @Override
  public int size() {
    return pieces.length;
  }

  boolean contains(int token) {
    return token >= 0 && token < pieces.length;
  }

  /// The bytes that `token` stands for; none for a control token. Not to be changed.
  @Override
  public byte[] bytes(int token) {
    return pieces[token];
  }

  @Override
  public boolean ends(int token) {
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
