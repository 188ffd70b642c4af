// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// Loads models. Implementations: [NativeEngine] (llama.cpp in a child process) and
/// [ScriptedEngine].
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
}
