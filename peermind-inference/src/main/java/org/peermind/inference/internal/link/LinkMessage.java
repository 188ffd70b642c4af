// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.util.List;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.ModelInfo;

/// What a node and its engine's child process say to each other.
public sealed interface LinkMessage {
  /// From the node.
  sealed interface ToChild extends LinkMessage {}

  /// From the child process.
  sealed interface FromChild extends LinkMessage {}

  /// Load this file, which was checked already, with its last `gpuLayers` layers on graphics cards.
  record Load(String file, int contextTokens, int slots, int threads, int gpuLayers)
      implements ToChild {}

  /// Begin generation `id`.
  record Generate(long id, GenerationRequest request) implements ToChild {}

  /// End generation `id`.
  record Cancel(long id) implements ToChild {}

  /// Generate at most so many tokens per second; 0 lifts the limit.
  record Pace(double tokensPerSecondMax) implements ToChild {}

  /// Turn texts into vectors, as request `id`.
  record Embed(long id, List<String> texts) implements ToChild {
    public Embed {
      texts = List.copyOf(texts);
    }

    @Override
    public String toString() {
      return "Embed[" + texts.size() + " texts]";
    }
  }

  /// The first frame: the one-time token that the node handed over on standard input.
  record Hello(String token) implements FromChild {
    @Override
    public String toString() {
      return "Hello";
    }
  }

  /// All guards passed.
  record Ready(EngineInfo info) implements FromChild {}

  /// The guards or the model refused; the child process ends.
  record Refused(String sentence) implements FromChild {}

  /// So much of the model is loaded, from 0 to 1.
  record Loading(double fraction) implements FromChild {}

  /// The model is ready, and what can be done with it.
  record Loaded(ModelInfo info, EngineFeatures features) implements FromChild {}

  /// The engine got on since the last such message, though there may be nothing else to tell.
  record Alive() implements FromChild {}

  /// The vectors of request `id`.
  record Embedded(long id, Embeddings embeddings) implements FromChild {}

  /// Why request `id` gets no vectors, and whether another engine might make them.
  record EmbeddingRefused(long id, FailureKind kind, String sentence) implements FromChild {}

  /// Something happened in generation `id`.
  record Event(long id, GenerationEvent event) implements FromChild {}
}
