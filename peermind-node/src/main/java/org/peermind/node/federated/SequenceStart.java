// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.model.GgufFile;

/// What stands before every text of a model: the token that begins a prompt, for models that were
/// trained with one.
public final class SequenceStart {
  /// What llama.cpp adds the token for when the file does not say; `llama` is SentencePiece.
  private static final Set<String> BEGUN_KINDS = Set.of("llama", "bert");

  /// Those ways of splitting words for which it does, too.
  private static final Set<String> BEGUN_SPLITTINGS =
      Set.of("llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral", "tekken", "chameleon");

  private SequenceStart() {}

  /// The tokens before a text; none or one.
  public static List<Integer> of(GgufFile model) {
    Optional<Long> begin = model.whole("tokenizer.ggml.bos_token_id");
    if (!isAdded(model) || begin.isEmpty()) {
      return List.of();
    }
    long token = begin.get();
    return token >= 0 && token < model.vocabularySize() ? List.of((int) token) : List.of();
  }

  private static boolean isAdded(GgufFile model) {
    Optional<Long> said = model.whole("tokenizer.ggml.add_bos_token");
    if (said.isPresent()) {
      return said.get() != 0;
    }
    return model.text("tokenizer.ggml.model").filter(BEGUN_KINDS::contains).isPresent()
        || model.text("tokenizer.ggml.pre").filter(BEGUN_SPLITTINGS::contains).isPresent();
  }

  /// All of them, one after the other.
  static List<Integer> join(List<Integer> start, List<Integer> text) {
    List<Integer> all = new ArrayList<>(start);
    all.addAll(text);
    return all;
  }
}
