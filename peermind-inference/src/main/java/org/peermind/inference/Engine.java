// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Optional;

/// Loads models. Implementations: [NativeEngine] (llama.cpp in a child process), [ExternalEngine]
/// (a server that the owner runs) and [ScriptedEngine].
public interface Engine {
  /// What this engine is.
  ///
  /// @throws EngineException when the engine cannot work on this machine
  EngineInfo info() throws EngineException;

  /// Checks and loads a model; returns when it is ready to answer.
  ///
  /// @throws EngineException when the file is not the named model or the engine refuses it
  /// @throws InterruptedException when the calling thread was interrupted; nothing stays loaded
  LoadedModel load(ModelSpec spec, LoadProgress progress)
      throws EngineException, InterruptedException;

  /// Why memory of a model that was unloaded is not known to be free, in a sentence; empty when it
  /// is free.
  default Optional<String> heldMemory() {
    return Optional.empty();
  }
}
