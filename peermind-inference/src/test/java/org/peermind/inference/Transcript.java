// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.ModelHash;

/// All events of one generation, read to the end.
record Transcript(List<GenerationEvent> events) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static ModelSpec anySpec() {
    return new ModelSpec(Path.of("any.gguf"), new ModelHash("0".repeat(64)), 512, 1, 1);
  }

  static GenerationRequest request(String content, int maxTokens) {
    return GenerationRequest.of(
        Prompt.chat(List.of(new ChatMessage("user", content))), maxTokens, Sampling.greedy());
  }

  static Transcript read(LoadedModel model, GenerationRequest request) throws Exception {
    return read(model.generate(request));
  }

  static Transcript read(Generation generation) throws InterruptedException {
    List<GenerationEvent> events = new ArrayList<>();
    do {
      events.add(
          generation
              .next(PATIENCE)
              .orElseThrow(() -> new AssertionError("The generation stalled")));
    } while (!events.getLast().isLast());
    return new Transcript(List.copyOf(events));
  }

  String text() {
    return textOf(Integer.MAX_VALUE);
  }

  /// The text that the first `count` tokens released.
  String textOf(int count) {
    StringBuilder text = new StringBuilder();
    int seen = 0;
    for (GenerationEvent event : events) {
      if (event instanceof GenerationEvent.Piece piece) {
        seen += piece.tokenIds().size();
        if (seen > count) {
          break;
        }
        text.append(piece.text());
      }
    }
    return text.toString();
  }

  List<Integer> tokens() {
    return events.stream()
        .filter(GenerationEvent.Piece.class::isInstance)
        .flatMap(event -> ((GenerationEvent.Piece) event).tokenIds().stream())
        .toList();
  }

  List<Integer> nearTies() {
    return events.stream()
        .filter(GenerationEvent.Piece.class::isInstance)
        .flatMap(event -> ((GenerationEvent.Piece) event).nearTies().stream())
        .toList();
  }

  GenerationEvent.Finished finished() {
    if (events.getLast() instanceof GenerationEvent.Finished finished) {
      return finished;
    }
    throw new AssertionError("The generation did not finish but ended with " + events.getLast());
  }

  GenerationEvent.Failed failed() {
    if (events.getLast() instanceof GenerationEvent.Failed failed) {
      return failed;
    }
    throw new AssertionError("The generation did not fail but ended with " + events.getLast());
  }
}
