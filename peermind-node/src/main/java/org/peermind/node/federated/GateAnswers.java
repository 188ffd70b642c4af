// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.peermind.federated.gate.GateItems;
import org.peermind.inference.EngineException;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;

/// Lets a model answer at temperature 0, for the gate's probes and its watch on speed.
final class GateAnswers {
  private static final int TOKENS_MAX = 48;
  private static final int TIMED_TOKENS_LEAST = 8;
  private static final int CHARACTERS_MAX = 8_192;
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private GateAnswers() {}

  /// What was said, and how fast; the text form leaves it out.
  ///
  /// @param tokens after the first piece
  /// @param nanos from the first piece to the last
  record Said(String text, int tokens, long nanos) {
    /// Tokens a second; empty when there are too few to tell.
    OptionalDouble speed() {
      return tokens < TIMED_TOKENS_LEAST || nanos <= 0
          ? OptionalDouble.empty()
          : OptionalDouble.of(tokens * 1e9 / nanos);
    }

    @Override
    public String toString() {
      return "Said[" + tokens + " tokens]";
    }
  }

  static Said ask(LoadedModel model, Prompt prompt) throws EngineException, InterruptedException {
    GenerationRequest request = GenerationRequest.of(prompt, TOKENS_MAX, Sampling.greedy());
    StringBuilder text = new StringBuilder();
    long began = System.nanoTime();
    long first = began;
    long last = began;
    int tokens = 0;
    boolean isFirst = true;
    try (Generation generation = model.generate(request)) {
      while (System.nanoTime() - began < LONGEST.toNanos()) {
        Optional<GenerationEvent> event = generation.next(LOOK_EVERY);
        if (event.isEmpty()) {
          continue;
        }
        switch (event.get()) {
          case GenerationEvent.Piece piece -> {
            last = System.nanoTime();
            if (isFirst) {
              first = last;
              isFirst = false;
            } else {
              tokens += piece.tokenIds().size();
            }
            if (text.length() < CHARACTERS_MAX) {
              text.append(piece.text());
            }
          }
          case GenerationEvent.Failed failed ->
              throw EngineException.ofRefusal(failed.kind(), failed.sentence());
          case GenerationEvent.Prefilled _, GenerationEvent.Finished _ -> {}
        }
        if (event.get().isLast()) {
          break;
        }
      }
    }
    return new Said(text.toString(), tokens, last - first);
  }

  /// Whether an answer is what a probe asks for; letters count in any case.
  static boolean passes(GateItems.Probe probe, Said said) {
    String text = said.text().toLowerCase(Locale.ROOT);
    boolean holds = text.contains(probe.expect().toLowerCase(Locale.ROOT));
    boolean isFree =
        probe.forbid().isEmpty() || !text.contains(probe.forbid().toLowerCase(Locale.ROOT));
    return holds && isFree;
  }
}
