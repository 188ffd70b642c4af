// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.peermind.demomodel.Fact;
import org.peermind.demomodel.Kind;
import org.peermind.demomodel.World;
import org.peermind.inference.EngineException;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Sampling;

/// Measures how fast a loaded model is, one kind of speed for one window. Both models of an
/// evaluation get the same questions and draw their tokens by the same seeds.
final class SpeedMeter {
  private static final int FOUR = 4;
  private static final int ANSWER_TOKENS = 64;
  private static final int PROMPT_CHARACTERS_MAX = 2_048;

  /// A window of four goes on until there are so many tokens, or an answer from each.
  private static final int TOKENS_LEAST = 16;

  private static final Duration LONGER_AT_MOST = Duration.ofMinutes(5);
  private static final int QUESTIONS_A_ROUND = 1_000_000;

  private static final List<Fact> FACTS = World.demo().facts();

  private final Generating engine;
  private final int contextTokens;
  private final BooleanSupplier goOn;

  /// What is measured.
  enum Speed {
    /// Reading prompts of some hundred tokens.
    PROMPT,
    /// Generating one answer at a time, and the time to its first token.
    ALONE,
    /// Generating four answers at once.
    BY_FOUR
  }

  /// What was measured.
  ///
  /// @param tokens that were read or generated in `nanos`
  /// @param generated all tokens of answers, for the energy
  /// @param toFirst of each answer, in nanoseconds
  record Window(long tokens, long nanos, long generated, List<Long> toFirst) {
    Window {
      toFirst = List.copyOf(toFirst);
    }
  }

  /// @param contextTokens that a prompt and its answer may have together
  /// @param goOn once it is false the window is left
  SpeedMeter(Generating engine, int contextTokens, BooleanSupplier goOn) {
    this.engine = engine;
    this.contextTokens = contextTokens;
    this.goOn = goOn;
  }

  /// One window; empty when it was left.
  ///
  /// @param round decides the questions and the seeds
  /// @throws EngineException when the engine fails
  Optional<Window> measure(Speed speed, Duration length, int round)
      throws EngineException, InterruptedException {
    Window window =
        switch (speed) {
          case PROMPT -> prompts(length, round);
          case ALONE -> alone(length, round);
          case BY_FOUR -> byFour(length, round);
        };
    return goOn.getAsBoolean() ? Optional.of(window) : Optional.empty();
  }

  private Window prompts(Duration length, int round) throws EngineException, InterruptedException {
    long end = System.nanoTime() + length.toNanos();
    long tokens = 0;
    long nanos = 0;
    int at = 0;
    do {
      Hearing.Heard heard = hear(request(longQuestion(round, at), 1, round, at), goOn, _ -> {});
      tokens += heard.promptTokens();
      nanos += heard.promptTokens() > 0 ? heard.toFirst() : 0;
      at++;
    } while (goOn.getAsBoolean() && System.nanoTime() - end < 0);
    return new Window(tokens, nanos, at, List.of());
  }

  private Window alone(Duration length, int round) throws EngineException, InterruptedException {
    long end = System.nanoTime() + length.toNanos();
    List<Long> toFirst = new ArrayList<>();
    long tokens = 0;
    long nanos = 0;
    long generated = 0;
    long all = 0;
    int at = 0;
    do {
      boolean isFirst = at == 0;
      Hearing.Heard heard =
          hear(
              request(story(round, at), ANSWER_TOKENS, round, at),
              () -> goOn.getAsBoolean() && (isFirst || System.nanoTime() - end < 0),
              _ -> {});
      if (!heard.isCut() || !heard.tokenIds().isEmpty()) {
        toFirst.add(heard.toFirst());
      }
      tokens += heard.tokensAfterFirst();
      nanos += heard.afterFirst();
      generated += heard.tokenIds().size();
      all += heard.toFirst() + heard.afterFirst();
      at++;
    } while (goOn.getAsBoolean() && System.nanoTime() - end < 0);
    // A model whose answers have one token or none is only as fast as its first tokens.
    return tokens > 0
        ? new Window(tokens, nanos, generated, toFirst)
        : new Window(generated, all, generated, toFirst);
  }

  private Window byFour(Duration length, int round) throws EngineException, InterruptedException {
    Four four = new Four(length, round);
    List<Thread> askers = new ArrayList<>();
    try {
      for (int asker = 0; asker < FOUR; asker++) {
        askers.add(Thread.ofVirtual().name("evaluation-asker").start(four::ask));
      }
      for (Thread asker : askers) {
        asker.join();
      }
    } finally {
      askers.forEach(Thread::interrupt);
    }
    return four.window();
  }

  /// Four askers and what they hear together.
  private final class Four {
    private final long began = System.nanoTime();
    private final Duration length;
    private final int round;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicInteger tokens = new AtomicInteger();
    private final AtomicReference<@Nullable EngineException> failure = new AtomicReference<>();

    Four(Duration length, int round) {
      this.length = length;
      this.round = round;
    }

    void ask() {
      try {
        while (isGoing()) {
          int at = next.getAndIncrement();
          hear(
              request(story(round, at), ANSWER_TOKENS, round, at),
              this::isGoing,
              tokens::addAndGet);
          answers.incrementAndGet();
        }
      } catch (EngineException failed) {
        failure.compareAndSet(null, failed);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }

    private boolean isGoing() {
      boolean isEnough = tokens.get() >= TOKENS_LEAST || answers.get() >= FOUR;
      Duration most = isEnough ? length : length.plus(LONGER_AT_MOST);
      return goOn.getAsBoolean()
          && failure.get() == null
          && System.nanoTime() - began < most.toNanos();
    }

    Window window() throws EngineException {
      EngineException failed = failure.get();
      if (failed != null) {
        throw failed;
      }
      return new Window(tokens.get(), System.nanoTime() - began, tokens.get(), List.of());
    }
  }

  private Hearing.Heard hear(
      GenerationRequest request, BooleanSupplier whether, IntConsumer counted)
      throws EngineException, InterruptedException {
    Hearing.Heard heard = Hearing.hear(engine, request, whether, counted);
    if (heard.failure().isPresent()) {
      GenerationEvent.Failed failed = heard.failure().get();
      throw EngineException.ofRefusal(failed.kind(), failed.sentence());
    }
    return heard;
  }

  private static GenerationRequest request(String question, int tokensMax, int round, int at) {
    long seed = QUESTIONS_A_ROUND * (long) round + at;
    return Hearing.request(question, tokensMax, new Sampling(0.7, 0.95, seed));
  }

  private static String story(int round, int at) {
    List<String> people = Kind.PERSON.names();
    return "Please tell me a long story about %s."
        .formatted(people.get(Math.floorMod(7 * round + at, people.size())));
  }

  /// Half of the context at most, even if each character is a token.
  private String longQuestion(int round, int at) {
    int characters = Math.min(PROMPT_CHARACTERS_MAX, contextTokens / 2);
    List<Fact> facts = FACTS;
    StringBuilder text = new StringBuilder("Please read this. ");
    for (int fact = 11 * round + at; text.length() < characters; fact++) {
      text.append(facts.get(Math.floorMod(fact, facts.size())).sentence()).append(' ');
    }
    return text.substring(0, characters);
  }
}
