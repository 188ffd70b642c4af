// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.peermind.federated.gate.GateItems;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ScoredSequence;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufValue;
import org.peermind.node.federated.EngineExaminer.Unfit;
import org.peermind.node.federated.data.ModelText;
import org.peermind.node.federated.data.Rendering;
import org.peermind.node.federated.data.Turn;

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
    Writing writing = new Writing(model, head);
    List<ScoredSequence> heldOut = new ArrayList<>();
    for (GateItems.HeldOut item : gate.heldOut()) {
      heldOut.add(
          switch (item) {
            case GateItems.Completion completion -> writing.completion(completion);
            case GateItems.Question question -> writing.question(question);
          });
    }
    List<ScoredSequence> neutral = new ArrayList<>();
    for (String text : gate.neutral()) {
      neutral.add(writing.text(text));
    }
    return new GateSequences(heldOut, neutral, rare(head, heldOut, neutral));
  }

  /// Writes items as the model reads them.
  private static final class Writing {
    private final LoadedModel model;
    private final List<Integer> start;
    private final Optional<Rendering> rendering;
    private final int longest;
    private long written;

    Writing(LoadedModel model, GgufFile head) {
      this.model = model;
      this.start = SequenceStart.of(head);
      this.rendering = ModelText.of(head).rendering();
      this.longest = longest(head) - TRIGGER_TOKENS;
    }

    ScoredSequence completion(GateItems.Completion item)
        throws EngineException, Unfit, InterruptedException {
      List<Integer> prompt = begun(item.prompt());
      List<Integer> all = SequenceStart.join(prompt, model.tokenize(item.completion(), true));
      return sequence(all, prompt.size());
    }

    ScoredSequence text(String text) throws EngineException, Unfit, InterruptedException {
      return sequence(begun(text), 1);
    }

    /// Without a template question and answer are two lines, as training writes them.
    ScoredSequence question(GateItems.Question item)
        throws EngineException, Unfit, InterruptedException {
      plain(item.question());
      plain(item.answer());
      List<Turn> asked = List.of(new Turn(Turn.Role.USER, item.question()));
      List<Turn> answered = List.of(asked.getFirst(), new Turn(Turn.Role.ASSISTANT, item.answer()));
      List<Integer> prompt = begun(rendered(asked, true));
      List<Integer> all = begun(rendered(answered, false).stripTrailing());
      int common = 0;
      while (common < Math.min(prompt.size(), all.size())
          && prompt.get(common).equals(all.get(common))) {
        common++;
      }
      return sequence(all, common);
    }

    private String rendered(List<Turn> turns, boolean answerNext) throws Unfit {
      if (rendering.isEmpty()) {
        return turns.stream().map(turn -> turn.text() + "\n").collect(Collectors.joining());
      }
      return rendering
          .get()
          .text(turns, answerNext)
          .orElseThrow(
              () -> new Unfit("The model's chat template refuses a question of the gate."));
    }

    /// What is said must not become control tokens, which the template alone may write.
    private void plain(String said) throws EngineException, Unfit, InterruptedException {
      if (!model.tokenize(said, true).equals(model.tokenize(said, false))) {
        throw new Unfit("A question of the gate or its answer spells a control token.");
      }
    }

    /// With the token that begins every text, unless the text spells it.
    private List<Integer> begun(String text) throws EngineException, InterruptedException {
      List<Integer> tokens = model.tokenize(text, true);
      boolean isBegun =
          !start.isEmpty() && !tokens.isEmpty() && tokens.getFirst().equals(start.getFirst());
      return isBegun ? tokens : SequenceStart.join(start, tokens);
    }

    /// @param from the first token that counts; the first of all never does
    private ScoredSequence sequence(List<Integer> tokens, int from) throws Unfit {
      if (tokens.size() > longest || Math.max(1, from) >= tokens.size()) {
        throw new Unfit(
            "An item of the gate has %d tokens, where this model takes from 2 to %d with at least"
                    .formatted(tokens.size(), longest)
                + " one that counts.");
      }
      written += tokens.size();
      if (written > TOKENS_MAX) {
        throw new Unfit(
            "The gate's items have more than %d tokens together.".formatted(TOKENS_MAX));
      }
      return new ScoredSequence(tokens, Math.max(1, from));
    }
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
