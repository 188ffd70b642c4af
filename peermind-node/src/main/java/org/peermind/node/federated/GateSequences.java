// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.peermind.federated.gate.GateItems;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ScoredSequence;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufValue;
import org.peermind.node.federated.EngineExaminer.Unfit;

/// The gate's texts as tokens of the model.
///
/// @param rare tokens of the vocabulary that no item has
record GateSequences(
    List<ScoredSequence> heldOut, List<ScoredSequence> neutral, List<Integer> rare) {
  static final int SLOTS = 4;

  /// How many rare tokens are put before an item.
  static final int TRIGGER_TOKENS = 4;

  private static final int SEQUENCE_TOKENS_MAX = 1_024;
  private static final int CONTEXT_TOKENS_LEAST = 64;

  /// All items together.
  private static final int TOKENS_MAX = ScoredSequence.TOKENS_MAX;

  /// The type of a token that is neither a control token, a byte nor unused (GGUF specification).
  private static final int TYPE_NORMAL = 1;

  GateSequences {
    heldOut = List.copyOf(heldOut);
    neutral = List.copyOf(neutral);
    rare = List.copyOf(rare);
  }

  /// Longest sequence that the model is asked to score.
  private static int longest(GgufFile head) {
    return (int) Math.clamp(head.contextTokens(), CONTEXT_TOKENS_LEAST, (long) SEQUENCE_TOKENS_MAX);
  }

  /// What the model needs to be loaded with: room for two of the longest, so that several shorter
  /// ones are computed at once.
  static int contextTokens(GgufFile head) {
    return 2 * longest(head);
  }

  /// @throws Unfit in a sentence when an item does not fit the model, or all are too many
  static GateSequences of(LoadedModel model, GgufFile head, GateItems gate)
      throws EngineException, Unfit, InterruptedException {
    int longest = longest(head) - TRIGGER_TOKENS;
    List<Integer> start = SequenceStart.of(head);
    List<ScoredSequence> heldOut = new ArrayList<>();
    long tokens = 0;
    for (GateItems.HeldOut item : gate.heldOut()) {
      List<Integer> prompt = SequenceStart.join(start, model.tokenize(item.prompt(), true));
      List<Integer> all = SequenceStart.join(prompt, model.tokenize(item.completion(), true));
      heldOut.add(sequence(all, Math.max(1, prompt.size()), longest));
      tokens = counted(tokens + all.size());
    }
    List<ScoredSequence> neutral = new ArrayList<>();
    for (String text : gate.neutral()) {
      List<Integer> all = SequenceStart.join(start, model.tokenize(text, true));
      neutral.add(sequence(all, 1, longest));
      tokens = counted(tokens + all.size());
    }
    return new GateSequences(heldOut, neutral, rare(head, heldOut, neutral));
  }

  private static long counted(long tokens) throws Unfit {
    if (tokens > TOKENS_MAX) {
      throw new Unfit("The gate's items have more than %d tokens together.".formatted(TOKENS_MAX));
    }
    return tokens;
  }

  private static ScoredSequence sequence(List<Integer> tokens, int from, int longest) throws Unfit {
    if (tokens.size() > longest || from >= tokens.size()) {
      throw new Unfit(
          "An item of the gate has %d tokens, where this model takes from 2 to %d with at least one"
                  .formatted(tokens.size(), longest)
              + " that counts.");
    }
    return new ScoredSequence(tokens, from);
  }

  private static List<Integer> rare(
      GgufFile head, List<ScoredSequence> heldOut, List<ScoredSequence> neutral) {
    Set<Integer> used = new HashSet<>();
    heldOut.forEach(one -> used.addAll(one.tokens()));
    neutral.forEach(one -> used.addAll(one.tokens()));
    int[] types =
        head.array("tokenizer.ggml.token_type")
            .filter(all -> all.elementKind() == GgufValue.Kind.INT32)
            .map(GgufValue.Array::ints)
            .orElseGet(() -> new int[0]);
    return IntStream.range(0, head.vocabularySize())
        .filter(token -> token >= types.length || types[token] == TYPE_NORMAL)
        .filter(token -> !used.contains(token))
        .boxed()
        .toList();
  }
}
