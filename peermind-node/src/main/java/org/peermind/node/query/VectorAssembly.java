// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.Embeddings;

/// Puts the parts of vectors together as they come: each vector from its first value on, all of one
/// length, and no more values than a model could have.
final class VectorAssembly {
  /// Far more than any model has.
  private static final int DIMENSIONS_MAX = 65_536;

  /// Of all vectors together.
  private static final int VALUES_MAX = 4 * 1024 * 1024;

  private final List<List<Float>> vectors = new ArrayList<>();
  private int values;

  /// @param texts how many vectors there will be, at least one
  VectorAssembly(int texts) {
    for (int i = 0; i < texts; i++) {
      vectors.add(new ArrayList<>());
    }
  }

  /// Returns false when a part does not go on where its vector stands, is too much, or holds what
  /// is no number.
  boolean add(List<AttemptEvent.VectorPart> parts) {
    for (AttemptEvent.VectorPart part : parts) {
      boolean known = part.text() >= 0 && part.text() < vectors.size();
      if (!known || vectors.get(part.text()).size() != part.offset()) {
        return false;
      }
      values += part.values().size();
      boolean tooMuch =
          values > VALUES_MAX || part.offset() + part.values().size() > DIMENSIONS_MAX;
      if (tooMuch || !part.values().stream().allMatch(Float::isFinite)) {
        return false;
      }
      vectors.get(part.text()).addAll(part.values());
    }
    return true;
  }

  /// Empty when a vector is missing or they differ in length.
  Optional<Embeddings> whole(int tokens) {
    int dimensions = vectors.getFirst().size();
    boolean complete =
        dimensions > 0 && vectors.stream().allMatch(vector -> vector.size() == dimensions);
    return complete ? Optional.of(new Embeddings(vectors, Math.max(0, tokens))) : Optional.empty();
  }
}
