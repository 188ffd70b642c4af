// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.ConversationText;
import org.peermind.inference.EngineException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufValue;

/// How a model wants texts to be written, as its file says.
///
/// @param beginToken that begins each sequence, if the model wants one
/// @param rendering by its chat template, if it has one that can be used
public record ModelText(OptionalInt beginToken, Optional<Rendering> rendering) {
  private static final String BEGIN = "tokenizer.ggml.bos_token_id";
  private static final String END = "tokenizer.ggml.eos_token_id";
  private static final String ADD_BEGIN = "tokenizer.ggml.add_bos_token";
  private static final String KIND = "tokenizer.ggml.model";
  private static final String SPLITTING = "tokenizer.ggml.pre";

  /// What llama.cpp adds the token for when the file does not say; the first is SentencePiece.
  private static final Set<String> BEGUN_KINDS = Set.of("llama", "bert");

  private static final Set<String> BEGUN_SPLITTINGS =
      Set.of("llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral", "tekken", "chameleon");

  /// What a file says.
  public static ModelText of(GgufFile file) {
    OptionalInt begin = wantsBegin(file) ? token(file, BEGIN) : OptionalInt.empty();
    Optional<Rendering> rendering = Optional.empty();
    if (file.chatTemplate().isPresent()) {
      try {
        rendering =
            Optional.of(
                rendering(
                    ConversationText.of(
                        file.chatTemplate().get(), spelling(file, BEGIN), spelling(file, END))));
      } catch (EngineException unusable) {
        // Such a model holds no conversation with anybody; messages are joined plainly.
      }
    }
    return new ModelText(begin, rendering);
  }

  private static Rendering rendering(ConversationText conversation) {
    return (turns, answerNext) ->
        conversation.of(
            turns.stream().map(turn -> new ChatMessage(turn.role().label(), turn.text())).toList(),
            answerNext);
  }

  private static boolean wantsBegin(GgufFile file) {
    Optional<Long> said = file.whole(ADD_BEGIN);
    if (said.isPresent()) {
      return said.get() != 0;
    }
    return file.text(KIND).filter(BEGUN_KINDS::contains).isPresent()
        || file.text(SPLITTING).filter(BEGUN_SPLITTINGS::contains).isPresent();
  }

  private static OptionalInt token(GgufFile file, String key) {
    Optional<Long> id = file.whole(key).filter(one -> one >= 0 && one < file.vocabularySize());
    return id.isPresent() ? OptionalInt.of(Math.toIntExact(id.get())) : OptionalInt.empty();
  }

  private static String spelling(GgufFile file, String key) {
    OptionalInt id = token(file, key);
    Optional<List<String>> tokens =
        file.array("tokenizer.ggml.tokens").map(GgufValue.Array::strings);
    return id.isPresent() && tokens.isPresent() ? tokens.get().get(id.getAsInt()) : "";
  }
}
