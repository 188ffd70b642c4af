// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The text that this node's owner allows to be trained on.
public interface LessonText {
  /// Turns a text into tokens of the model.
  @FunctionalInterface
  interface Tokenizing {
    /// @param special whether control tokens that the text spells become such
    List<Integer> tokens(String text, boolean special) throws IOException, InterruptedException;
  }

  /// What there is to learn.
  ///
  /// @param file an [org.peermind.federated.training.TokenFile]
  record Prepared(Path file, int sequences, long tokens) {}

  /// Why there is nothing to train on, in a sentence; empty when there is something.
  Optional<String> whyNot();

  /// About how much text there is.
  long bytes();

  /// Writes the owner's text as tokens.
  ///
  /// @throws IOException in a sentence, which holds nothing of the text
  Prepared prepare(Tokenizing tokenizing, int sequenceTokensMax, Path target)
      throws IOException, InterruptedException;
}
