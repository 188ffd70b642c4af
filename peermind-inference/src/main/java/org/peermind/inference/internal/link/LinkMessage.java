// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.ModelInfo;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;

/// What a node and its engine's child process say to each other.
public sealed interface LinkMessage {
  /// From the node.
  sealed interface ToChild extends LinkMessage {}

  /// Something that gets an answer under its number.
  sealed interface Request extends ToChild {
    /// The number that the node gave it.
    long id();
  }

  /// From the child process.
  sealed interface FromChild extends LinkMessage {}

  /// The one answer to a request that is no generation.
  sealed interface Result extends FromChild {
    /// The number of the request.
    long id();
  }

  /// Load this file, which was checked already, with its last `gpuLayers` layers on graphics cards,
  /// keys and values in full precision if wanted, and an adapter.
  record Load(
      String file,
      int contextTokens,
      int slots,
      int threads,
      int gpuLayers,
      boolean fullPrecision,
      Adapter adapter)
      implements ToChild {}

  /// An adapter's file, which was checked already, and its scale; an empty name stands for none.
  record Adapter(String file, float scale) {
    /// No adapter.
    public static Adapter none() {
      return new Adapter("", 0);
    }

    /// Its file, unless there is none.
    public Optional<Path> path() {
      return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
    }
  }

  /// Compute with another adapter, as request `id`.
  record Adapt(long id, Adapter adapter) implements ToChild {}

  /// Begin generation `id`.
  record Generate(long id, GenerationRequest request) implements Request {}

  /// End generation `id`.
  record Cancel(long id) implements ToChild {}

  /// Generate at most so many tokens per second; 0 lifts the limit.
  record Pace(double tokensPerSecondMax) implements ToChild {}

  /// Turn texts into vectors, as request `id`.
  record Embed(long id, List<String> texts) implements Request {
    public Embed {
      texts = List.copyOf(texts);
    }

    @Override
    public String toString() {
      return "Embed[" + texts.size() + " texts]";
    }
  }

  /// Say how likely tokens are, as request `id`.
  record Score(long id, List<ScoredSequence> sequences) implements Request {
    public Score {
      sequences = List.copyOf(sequences);
    }
  }

  /// Turn a text into tokens, as request `id`; `special` lets it spell control tokens.
  record Tokenize(long id, String text, boolean special) implements Request {
    @Override
    public String toString() {
      return "Tokenize[" + text.length() + " characters]";
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
  record Embedded(long id, Embeddings embeddings) implements Result {}

  /// How likely the tokens of request `id` are.
  record Scored(long id, List<SequenceScore> scores) implements Result {
    public Scored {
      scores = List.copyOf(scores);
    }
  }

  /// The tokens of request `id`.
  record Tokenized(long id, List<Integer> tokens) implements Result {
    public Tokenized {
      tokens = List.copyOf(tokens);
    }

    @Override
    public String toString() {
      return "Tokenized[" + tokens.size() + " tokens]";
    }
  }

  /// The adapter of request `id` is the one that answers are computed with.
  record Adapted(long id) implements Result {}

  /// Why request `id` gets no result, and whether another engine might give it.
  record RequestRefused(long id, FailureKind kind, String sentence) implements Result {}

  /// Something happened in generation `id`.
  record Event(long id, GenerationEvent event) implements FromChild {}
}
