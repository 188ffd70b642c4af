// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.peermind.model.GgufFile;

/// The text that this node's owner allows to be trained on.
public interface LessonText {
  /// Turns a text into tokens of the model; the engine does it.
  @FunctionalInterface
  interface Tokenizing {
    /// The tokens of a text, without one that begins a prompt.
    ///
    /// @param text at most 2^20 bytes of UTF-8
    /// @param special whether control tokens that the text spells become such
    /// @throws IOException in a sentence, which holds nothing of the text, when it cannot
    List<Integer> tokens(String text, boolean special) throws IOException, InterruptedException;
  }

  /// Why there is nothing to train on, in a sentence; empty when there is something.
  Optional<String> whyNot();

  /// About how much text there is.
  long bytes();

  /// Writes the owner's text as tokens, an [org.peermind.federated.training.TokenFile]. When the
  /// owner takes a text back the file is deleted at once: whoever learns from it stops when it is
  /// no longer there.
  ///
  /// @param model whose tokens and conversations they are
  /// @throws IOException in a sentence, which holds nothing of the text
  void prepare(GgufFile model, Tokenizing tokenizing, int sequenceTokensMax, Path target)
      throws IOException, InterruptedException;
}
