// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Arrays;
import java.util.List;

/// Tokens of which a model is to say how likely each is after those before it. Nothing is added:
/// what begins a prompt of the model has to be among them.
///
/// @param tokens at least two
/// @param from the first token, counted from 0, whose probability is wanted; the first of all has
///   none, so at least 1. Those before it cost less: no logits are computed for them
public record ScoredSequence(List<Integer> tokens, int from) {
  /// How many sequences one request takes.
  public static final int SEQUENCES_MAX = 4_096;

  /// How many tokens all sequences of one request have together.
  public static final int TOKENS_MAX = 1 << 18;

  /// @throws IllegalArgumentException when there are too few or too many tokens or `from` is not
  ///   one of them
  public ScoredSequence {
    if (tokens.size() < 2 || tokens.size() > TOKENS_MAX) {
      throw new IllegalArgumentException(
          "A sequence to score has 2 to %d tokens, not %d".formatted(TOKENS_MAX, tokens.size()));
    }
    if (from < 1 || from >= tokens.size()) {
      throw new IllegalArgumentException(
          "The scores of %d tokens begin at 1 to %d, not at %d"
              .formatted(tokens.size(), tokens.size() - 1, from));
    }
    tokens = List.copyOf(tokens);
  }

  /// All tokens but the first are scored.
  public static ScoredSequence of(List<Integer> tokens) {
    return new ScoredSequence(tokens, 1);
  }

  /// All tokens but the first are scored.
  public static ScoredSequence of(int... tokens) {
    return of(Arrays.stream(tokens).boxed().toList());
  }

  /// It holds what somebody wrote.
  @Override
  public String toString() {
    return "ScoredSequence[%d tokens from %d]".formatted(tokens.size(), from);
  }
}
