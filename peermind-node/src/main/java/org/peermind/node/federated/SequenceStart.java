// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufValue;

/// What stands before every text of a model: the token that begins a prompt, for models that were
/// trained with one.
final class SequenceStart {
  private SequenceStart() {}

  /// The tokens before a text.
  static List<Integer> of(GgufFile model) {
    Optional<Long> begin = model.whole("tokenizer.ggml.bos_token_id");
    boolean begins =
        model.metadata().get("tokenizer.ggml.add_bos_token")
                instanceof GgufValue.Whole(var _, long set)
            ? set != 0
            : model.text("tokenizer.ggml.model").equals(Optional.of("llama"));
    return begins && begin.isPresent() ? List.of(Math.toIntExact(begin.get())) : List.of();
  }

  /// All of them, one after the other.
  static List<Integer> join(List<Integer> start, List<Integer> text) {
    List<Integer> all = new ArrayList<>(start);
    all.addAll(text);
    return all;
  }
}
