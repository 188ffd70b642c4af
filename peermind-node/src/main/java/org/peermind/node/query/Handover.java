// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Constraint;
import org.peermind.node.query.AttemptEvent.Broken;
import org.peermind.node.query.AttemptEvent.Finished;
import org.peermind.node.query.AttemptEvent.Receipt;
import org.peermind.node.query.AttemptEvent.Tokens;
import org.peermind.node.query.AttemptEvent.Vectors;
import org.peermind.node.query.AttemptEvent.Waiting;
import org.peermind.node.query.AttemptEvent.Yielding;

/// Readies another worker for an answer while the present one still works: has it read the prompt
/// and what is answered so far, for one token. It keeps what it computed for the conversation, so
/// that going on there takes an assignment and a few tokens, not the whole prompt (design section
/// 6, step 6).
///
/// Its thread ends by itself after a few tries, or when it is closed.
final class Handover implements AutoCloseable {
  private static final int TRIES_MAX = 3;

  private final ContinuedAnswers answers;
  private final AnswerSoFar soFar;
  private final Duration stallAfter;
  private final Thread thread;
  private volatile boolean ready;
  private volatile boolean closed;
  private volatile @Nullable Attempt attempt;

  private Handover(ContinuedAnswers answers, AnswerSoFar soFar, Duration stallAfter) {
    this.answers = answers;
    this.soFar = soFar;
    this.stallAfter = stallAfter;
    this.thread = Thread.ofVirtual().name("handover").unstarted(this::run);
  }

  /// Starts to look for the next worker.
  ///
  /// @param soFar of a query with a conversation, without which nothing would be kept
  static Handover begin(ContinuedAnswers answers, AnswerSoFar soFar, Duration stallAfter) {
    Query query = soFar.query();
    Query oneToken =
        new Query(
            query.model(),
            query.prompt(),
            soFar.tokens().size() + 1,
            query.sampling(),
            query.seed(),
            List.of(),
            new Constraint.None(),
            OptionalInt.empty(),
            query.conversation(),
            query.askedOn(),
            List.of());
    Handover handover =
        new Handover(
            answers,
            new AnswerSoFar(
                oneToken,
                soFar.tokens(),
                soFar.seed(),
                soFar.model(),
                soFar.job(),
                soFar.excluded()),
            stallAfter);
    handover.thread.start();
    return handover;
  }

  /// Whether the next worker is ready.
  boolean isReady() {
    return ready;
  }

  private void run() {
    try {
      for (int tries = 0; tries < TRIES_MAX && !ready && !closed; tries++) {
        ready = readied();
      }
    } catch (InterruptedException closing) {
      // Nobody waits for it any more.
    }
  }

  private boolean readied() throws InterruptedException {
    try (Attempt next = answers.start(soFar, QueueWatch.NONE)) {
      attempt = next;
      while (!closed) {
        switch (next.next(stallAfter)) {
          case Waiting(), Yielding _, Receipt _, Vectors _ -> {}
          case Tokens _, Finished _ -> {
            return true;
          }
          case Broken _ -> {
            return false;
          }
        }
      }
      return false;
    } catch (QueryRefused nobodyNow) {
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    Attempt running = attempt;
    if (running != null) {
      running.close();
    }
  }
}
