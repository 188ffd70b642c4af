// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import org.peermind.inference.internal.natives.LlamaModel;

/// The vocabulary of a loaded model.
public record ModelVocabulary(LlamaModel model) implements TokenVocabulary {
  @Override
  public int size() {
    return model.vocabularySize();
  }

  @Override
  public byte[] bytes(int token) {
    return model.vocabulary().piece(token);
  }

  @Override
  public boolean ends(int token) {
    return model.vocabulary().isEndOfGeneration(token);
  }
}
