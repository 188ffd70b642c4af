// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.protocol.ModelHash;

/// The models that this node has, by their hash. Whoever finds one checked its hash when it was
/// taken in.
@FunctionalInterface
public interface BaseModels {
  Optional<Path> find(ModelHash model);

  /// The file of a model.
  ///
  /// @throws IOException in a sentence when it is not here
  default Path file(ModelHash model) throws IOException {
    return find(model)
        .orElseThrow(
            () ->
                new IOException(
                    "The model %s is not on this node; fetch it with peermind model fetch."
                        .formatted(model.shortText())));
  }

  /// The head of its file.
  ///
  /// @throws IOException in a sentence when it is not here or cannot be read
  default GgufFile head(ModelHash model) throws IOException {
    try {
      return GgufReader.read(file(model));
    } catch (GgufException damaged) {
      throw new IOException(damaged.getMessage(), damaged);
    }
  }
}
