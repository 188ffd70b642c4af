// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.ConversationText;
import org.peermind.inference.EngineException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufValue;
import org.peermind.node.federated.SequenceStart;

/// How a model wants texts to be written, as its file says.
///
/// @param beginToken that begins each sequence, if the model wants one
/// @param rendering by its chat template, if it has one that can be used
public record ModelText(OptionalInt beginToken, Optional<Rendering> rendering) {
  private static final String BEGIN = "tokenizer.ggml.bos_token_id";
  private static final String END = "tokenizer.ggml.eos_token_id";

  /// What a file says.
  public static ModelText of(GgufFile file) {
    List<Integer> start = SequenceStart.of(file);
    return new ModelText(
        start.isEmpty() ? OptionalInt.empty() : OptionalInt.of(start.getFirst()),
        conversation(file).map(ModelText::rendering));
  }

  /// Without a usable template a model holds no conversation with anybody.
  private static Optional<ConversationText> conversation(GgufFile file) {
    if (file.chatTemplate().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          ConversationText.of(
              file.chatTemplate().get(), spelling(file, BEGIN), spelling(file, END)));
    } catch (EngineException unusable) {
      return Optional.empty();
    }
  }

  private static Rendering rendering(ConversationText conversation) {
    return (turns, answerNext) ->
        conversation.of(
            turns.stream().map(turn -> new ChatMessage(turn.role().label(), turn.text())).toList(),
            answerNext);
  }

  private static String spelling(GgufFile file, String key) {
    Optional<Long> id = file.whole(key).filter(one -> one >= 0 && one < file.vocabularySize());
    Optional<List<String>> tokens =
        file.array("tokenizer.ggml.tokens").map(GgufValue.Array::strings);
    return id.isPresent() && tokens.isPresent() ? tokens.get().get(Math.toIntExact(id.get())) : "";
  }
}
