// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.Finished;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaModel;

/// An engine's loop on a model in this process, stepped by a test, with a clock of its own.
final class LoopRig {
  private static final int STEPS_MAX = 20_000;

  final EngineLoop loop;
  final List<LinkMessage.FromChild> said = new ArrayList<>();
  long nowNanos;
  private long ids;

  LoopRig(LlamaModel model, int slots) {
    loop = new EngineLoop(model, slots, 1, said::add, () -> nowNanos);
  }

  /// Asks and returns the number of the request.
  long ask(GenerationRequest request) throws InterruptedException {
    loop.command(new LinkMessage.Generate(++ids, request));
    return ids;
  }

  long embed(List<String> texts) throws InterruptedException {
    loop.command(new LinkMessage.Embed(++ids, texts));
    return ids;
  }

  /// Asks and steps until the answer ended.
  Reading read(GenerationRequest request) throws InterruptedException {
    return finish(ask(request));
  }

  Reading finish(long id) throws InterruptedException {
    for (int i = 0; i < STEPS_MAX && !reading(id).ended(); i++) {
      loop.step();
    }
    assertThat(reading(id).ended()).as("the answer ended").isTrue();
    return reading(id);
  }

  void steps(int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      loop.step();
    }
  }

  Reading reading(long id) {
    List<GenerationEvent> events = new ArrayList<>();
    for (LinkMessage message : said) {
      if (message instanceof LinkMessage.Event(long of, GenerationEvent event) && of == id) {
        events.add(event);
      }
    }
    return new Reading(events);
  }

  /// What was heard of one answer.
  record Reading(List<GenerationEvent> events) {
    boolean ended() {
      return !events.isEmpty() && events.getLast().isLast();
    }

    List<Piece> pieces() {
      return events.stream().filter(Piece.class::isInstance).map(Piece.class::cast).toList();
    }

    List<Integer> tokens() {
      return pieces().stream().flatMap(piece -> piece.tokenIds().stream()).toList();
    }

    List<Integer> nearTies() {
      return pieces().stream().flatMap(piece -> piece.nearTies().stream()).toList();
    }

    String text() {
      return textOf(Integer.MAX_VALUE);
    }

    /// The text that the first `count` tokens released.
    String textOf(int count) {
      StringBuilder text = new StringBuilder();
      pieces().stream().limit(count).forEach(piece -> text.append(piece.text()));
      return text.toString();
    }

    Finished finished() {
      assertThat(events.getLast()).isInstanceOf(Finished.class);
      return (Finished) events.getLast();
    }

    Failed failed() {
      assertThat(events.getLast()).isInstanceOf(Failed.class);
      return (Failed) events.getLast();
    }

    /// Where this answer goes another way than `other`, unless that is a near-tie of either.
    Optional<Integer> differs(Reading other) {
      List<Integer> mine = tokens();
      List<Integer> others = other.tokens();
      for (int i = 0; i < Math.max(mine.size(), others.size()); i++) {
        if (i >= mine.size() || i >= others.size() || !mine.get(i).equals(others.get(i))) {
          boolean tie = nearTies().contains(i) || other.nearTies().contains(i);
          return tie ? Optional.empty() : Optional.of(i);
        }
      }
      return Optional.empty();
    }
  }
}
