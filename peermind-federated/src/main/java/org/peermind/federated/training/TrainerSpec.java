// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.nio.file.Path;
import java.util.Optional;
import org.peermind.federated.subspace.Subspace;
import org.peermind.protocol.ModelHash;

/// The model to train.
///
/// @param model a GGUF file
/// @param sha256 its hash; a file with another one is refused
/// @param parentAdapter a LoRA adapter that is added to the frozen weights
/// @param subspace what is trained
/// @param threads processor cores that it may use, from 1 to [#THREADS_MAX]
/// @param scratch a folder for the child's temporary files
public record TrainerSpec(
    Path model,
    ModelHash sha256,
    Optional<Path> parentAdapter,
    Subspace subspace,
    int threads,
    Device device,
    Path scratch) {
  /// The most processor cores.
  public static final int THREADS_MAX = 512;

  /// @throws IllegalArgumentException when `threads` is out of its bounds
  public TrainerSpec {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException(
          "a trainer has from 1 to %d threads, not %d".formatted(THREADS_MAX, threads));
    }
  }
}
