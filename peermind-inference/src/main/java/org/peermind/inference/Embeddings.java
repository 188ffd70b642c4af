// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;

/// Texts as vectors of length 1, in the order of the texts.
///
/// @param tokens of all texts together
public record Embeddings(List<List<Float>> vectors, int tokens) {
  public static final int TEXTS_MAX = 256;

  public Embeddings {
    vectors = vectors.stream().map(List::copyOf).toList();
  }

  @Override
  public String toString() {
    return "Embeddings[" + vectors.size() + " vectors]";
  }
}
