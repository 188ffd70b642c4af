// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.EngineException;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;

/// Asks an engine and hears the answer to its end.
final class Hearing {
  /// A longer silence than any that the engine's own watch lets pass.
  private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  private Hearing() {}

  /// An answer. Times are in nanoseconds; the text form leaves the text out.
  ///
  /// @param isCut whether it was left before its end
  /// @param toFirst from asking to the first token, or to the end if none came
  /// @param tokensAfterFirst those that came after the first piece
  /// @param afterFirst from the first piece to the last
  record Heard(
      String text,
      List<Integer> tokenIds,
      boolean isCut,
      int promptTokens,
      long toFirst,
      int tokensAfterFirst,
      long afterFirst,
      Optional<GenerationEvent.Failed> failure) {
    Heard {
      tokenIds = List.copyOf(tokenIds);
    }

    @Override
    public String toString() {
      return "Heard[" + tokenIds.size() + " tokens]";
    }
  }

  /// A question in the model's own chat template, without a day, so that it is the same everywhere.
  static GenerationRequest request(String question, int tokensMax, Sampling sampling) {
    return GenerationRequest.of(
        Prompt.chat(List.of(new ChatMessage("user", question))), tokensMax, sampling);
  }

  /// Asks and hears.
  ///
  /// @param goOn looked at all the time; once it is false the answer is left
  /// @throws EngineException when the engine takes no question, or falls silent
  static Heard hear(Generating engine, GenerationRequest request, BooleanSupplier goOn)
      throws EngineException, InterruptedException {
    return hear(engine, request, goOn, _ -> {});
  }

  /// The same; `counted` is told how many tokens each piece brings.
  static Heard hear(
      Generating engine, GenerationRequest request, BooleanSupplier goOn, IntConsumer counted)
      throws EngineException, InterruptedException {
    Ear ear = new Ear(System.nanoTime());
    long heard = ear.began;
    try (Generation generation = engine.generate(request)) {
      while (goOn.getAsBoolean()) {
        Optional<GenerationEvent> event = generation.next(LOOK_EVERY);
        long now = System.nanoTime();
        if (event.isEmpty() && now - heard > SILENCE_MAX.toNanos()) {
          throw new EngineException("The engine fell silent in the middle of an answer.");
        }
        if (event.isPresent()) {
          heard = now;
          counted.accept(ear.take(event.get(), now));
          if (event.get().isLast()) {
            return ear.heard(false, now);
          }
        }
      }
    }
    return ear.heard(true, ear.last);
  }

  /// What was heard so far.
  private static final class Ear {
    private final long began;
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> tokens = new ArrayList<>();
    private Optional<GenerationEvent.Failed> failure = Optional.empty();
    private int promptTokens;
    private int inFirst;
    private long first;
    private long last;

    Ear(long began) {
      this.began = began;
      this.first = began;
      this.last = began;
    }

    /// @return how many tokens came
    int take(GenerationEvent event, long now) {
      int before = tokens.size();
      switch (event) {
        case GenerationEvent.Prefilled _ -> {}
        case GenerationEvent.Piece piece -> {
          if (tokens.isEmpty()) {
            first = now;
            inFirst = piece.tokenIds().size();
          }
          last = now;
          tokens.addAll(piece.tokenIds());
          if (text.length() <= AnswerCheck.CHARACTERS_MAX) {
            text.append(piece.text()); // what is longer is wrong anyway
          }
        }
        case GenerationEvent.Finished finished ->
            promptTokens = Math.max(0, finished.promptTokens() - finished.cachedTokens());
        case GenerationEvent.Failed failed -> failure = Optional.of(failed);
      }
      return tokens.size() - before;
    }

    Heard heard(boolean isCut, long end) {
      return new Heard(
          text.toString(),
          tokens,
          isCut,
          promptTokens,
          (tokens.isEmpty() ? end : first) - began,
          tokens.size() - inFirst,
          last - first,
          failure);
    }
  }
}
