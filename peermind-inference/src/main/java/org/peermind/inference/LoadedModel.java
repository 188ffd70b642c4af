// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.peermind.inference.GenerationEvent.FailureKind;

/// A model in memory. Closing it ends the engine's child process, the only complete release of its
/// memory; running generations then end with `UNLOADED`.
public interface LoadedModel extends AutoCloseable {
  /// The longest text for [#tokenize], in bytes of UTF-8.
  int TOKENIZED_BYTES_MAX = 1 << 20;

  /// What was loaded.
  ModelInfo info();

  /// What this model can do besides generating text.
  EngineFeatures features();

  /// The vectors of texts, at most [Embeddings#TEXTS_MAX].
  ///
  /// @throws EngineException with one sentence when the model cannot do it or a text is too long
  /// @throws InterruptedException when the calling thread was interrupted
  Embeddings embed(List<String> texts) throws EngineException, InterruptedException;

  /// How likely the model finds each token of given sequences, computed together where there is
  /// room and beside answers that run. What is computed at once does not change a result but by the
  /// order of sums.
  ///
  /// @param sequences at most [ScoredSequence#SEQUENCES_MAX] with [ScoredSequence#TOKENS_MAX]
  ///   tokens together, each no longer than the model's context
  /// @return one for each sequence, in order
  /// @throws EngineException with one sentence when the model cannot do it, a sequence is too long,
  ///   or a token is not of the vocabulary
  /// @throws InterruptedException when the calling thread was interrupted
  default List<SequenceScore> score(List<ScoredSequence> sequences)
      throws EngineException, InterruptedException {
    throw EngineException.ofRefusal(
        FailureKind.BAD_REQUEST, "This engine cannot tell how likely given tokens are.");
  }

  /// The tokens of a text of at most [#TOKENIZED_BYTES_MAX], without a token that begins a prompt.
  ///
  /// @param special whether control tokens that the text spells become such; never for what a user
  ///   wrote
  /// @throws EngineException with one sentence when the engine cannot do it or the text is too long
  /// @throws InterruptedException when the calling thread was interrupted
  default List<Integer> tokenize(String text, boolean special)
      throws EngineException, InterruptedException {
    throw EngineException.ofRefusal(
        FailureKind.BAD_REQUEST, "This engine cannot turn a text into tokens.");
  }

  /// Computes with another adapter from now on, or with none. Nothing that was computed under the
  /// one before is used again. When it fails, the model goes on with what it had.
  ///
  /// @throws EngineException with one sentence when answers or other requests run, the file is
  ///   damaged or for another model, or the engine cannot do it
  /// @throws InterruptedException when the calling thread was interrupted; the adapter may then be
  ///   either
  default void adapt(Optional<AdapterFile> adapter) throws EngineException, InterruptedException {
    throw EngineException.ofRefusal(
        FailureKind.BAD_REQUEST, "This engine computes with no adapters.");
  }

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
