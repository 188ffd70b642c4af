// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.util.Arrays;

/// Tokens that follow each other, and which of them are to be learned. These are private data:
/// [#toString] tells their number only.
public final class TokenSequence {
  /// The most tokens of one sequence.
  public static final int TOKENS_MAX = 4096;

  private final int[] tokens;
  private final boolean[] counted;

  private TokenSequence(int[] tokens, boolean[] counted) {
    this.tokens = tokens;
    this.counted = counted;
  }

  /// A sequence with a mark for each token whose prediction counts in the loss. The first token is
  /// never predicted, and its mark counts for nothing.
  ///
  /// @throws IllegalArgumentException when there are fewer than 2 tokens or more than
  ///   [#TOKENS_MAX], a token is negative, or there are not as many marks
  public static TokenSequence of(int[] tokens, boolean[] counted) {
    if (tokens.length < 2 || tokens.length > TOKENS_MAX) {
      throw new IllegalArgumentException(
          "a sequence has from 2 to %d tokens, not %d".formatted(TOKENS_MAX, tokens.length));
    }
    if (counted.length != tokens.length) {
      throw new IllegalArgumentException(
          "a sequence of %d tokens has %d marks".formatted(tokens.length, counted.length));
    }
    for (int token : tokens) {
      if (token < 0) {
        throw new IllegalArgumentException("a token is negative");
      }
    }
    boolean[] marks = counted.clone();
    marks[0] = false;
    return new TokenSequence(tokens.clone(), marks);
  }

  /// A sequence whose tokens are all to be learned, but the first.
  public static TokenSequence of(int... tokens) {
    boolean[] counted = new boolean[tokens.length];
    Arrays.fill(counted, true);
    return of(tokens, counted);
  }

  /// Number of tokens.
  public int length() {
    return tokens.length;
  }

  /// The token at a position.
  public int token(int position) {
    return tokens[position];
  }

  /// Whether the prediction of the token at a position counts in the loss; never at position 0.
  public boolean counted(int position) {
    return counted[position];
  }

  /// Number of predictions that count.
  public int countedTokens() {
    int count = 0;
    for (boolean one : counted) {
      count += one ? 1 : 0;
    }
    return count;
  }

  /// The highest token.
  public int highest() {
    int highest = 0;
    for (int token : tokens) {
      highest = Math.max(highest, token);
    }
    return highest;
  }

  /// A copy of the tokens.
  public int[] tokens() {
    return tokens.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenSequence that
        && Arrays.equals(tokens, that.tokens)
        && Arrays.equals(counted, that.counted);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(tokens);
  }

  @Override
  public String toString() {
    return "TokenSequence[" + tokens.length + " tokens]";
  }
}
