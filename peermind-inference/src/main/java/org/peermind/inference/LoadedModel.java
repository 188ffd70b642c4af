// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A model in memory. Closing it ends the engine's child process, the only complete release of its
/// memory; running generations then end with `UNLOADED`.
public interface LoadedModel extends AutoCloseable {
  /// What was loaded.
  ModelInfo info();

  /// What this model can do besides generating text.
  EngineFeatures features();

  /// The vectors of texts, at most [Embeddings#TEXTS_MAX].
  ///
  /// @throws EngineException with one sentence when the model cannot do it or a text is too long
  /// @throws InterruptedException when the calling thread was interrupted
  Embeddings embed(List<String> texts) throws EngineException, InterruptedException;

  /// Begins an answer. What is wrong with the request comes as a [GenerationEvent.Failed].
  ///
  /// @throws EngineException when the model is no longer there
  Generation generate(GenerationRequest request) throws EngineException;

  /// Limits the tokens per second that all answers generate together, or lifts the limit.
  void pace(OptionalDouble tokensPerSecondMax);

  /// Whether the model can still answer.
  boolean alive();

  /// The process that holds the model, when it is another one.
  OptionalLong childPid();

  /// Calls `listener` once when the model dies without being closed, at once if it is dead already.
  void onDeath(Runnable listener);

  /// Gives the memory back; returns when the process is gone, within seconds.
  @Override
  void close();
}
