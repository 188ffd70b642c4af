// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Finished;
import org.peermind.inference.GenerationRequest;

/// One answer from a server. A virtual thread reads it into a bounded queue; a reader that is slow
/// slows the server. While the server is silent within its bounds, the reader gets signs of life.
/// The end closes the connection, which is what makes these servers stop computing.
final class ExternalGeneration implements Generation {
  private static final int EVENTS_MAX = 256;
  private static final Duration SIGN_OF_LIFE = Duration.ofMillis(500);
  private static final long BYTES_BASE = 1024 * 1024;
  private static final long BYTES_PER_TOKEN = 8 * 1024;
  private static final long BYTES_MAX = 256L * 1024 * 1024;

  private final Residency residency;
  private final GenerationRequest request;
  private final Turnstile turnstile;
  private final ExternalModel.Patience patience;
  private final Consumer<ServerException.Kind> onBroken;
  private final BlockingQueue<GenerationEvent> events = new ArrayBlockingQueue<>(EVENTS_MAX);
  private final AtomicReference<@Nullable GenerationEvent> last = new AtomicReference<>();
  private final long deadlineNanos;
  private final Thread reader;
  private final AtomicReference<@Nullable AnswerBody> body = new AtomicReference<>();

  /// Whether the last event was handed out; nothing else follows it.
  private volatile boolean told;

  /// @param onBroken hears in what way the server failed
  ExternalGeneration(
      Residency residency,
      GenerationRequest request,
      Turnstile turnstile,
      ExternalModel.Patience patience,
      Consumer<ServerException.Kind> onBroken) {
    this.residency = residency;
    this.request = request;
    this.deadlineNanos = System.nanoTime() + request.deadline().toNanos();
    this.turnstile = turnstile;
    this.patience = patience;
    this.onBroken = onBroken;
    this.reader = Thread.ofVirtual().name("external-answer").unstarted(this::read);
  }

  void start() {
    reader.start();
  }

  private void read() {
    Optional<ServerException.Kind> broken = Optional.empty();
    try {
      if (!turnstile.enter(within(request.deadline()))) {
        throw late();
      }
      try {
        end(answer());
      } finally {
        turnstile.leave();
      }
    } catch (ServerException failed) {
      Failed failure = failure(failed);
      if (last.get() == null && failure.kind() == FailureKind.CRASHED) {
        broken = Optional.of(failed.kind());
      }
      end(failure);
    } catch (InterruptedException _) {
      end(new Finished(FinishReason.CANCELLED, 0, 0, 0));
    } catch (RuntimeException bug) {
      end(new Failed(FailureKind.CRASHED, "The answer of the owner's server could not be read."));
      throw bug;
    }
    broken.ifPresent(onBroken);
  }

  private GenerationEvent answer() throws ServerException, InterruptedException {
    ChatStream chat = new ChatStream(request.maxTokens());
    EventLines lines =
        new EventLines(Math.min(BYTES_MAX, BYTES_BASE + request.maxTokens() * BYTES_PER_TOKEN));
    RequestBody asked = RequestBody.of(request, residency.model(), residency.dialect());
    if (last.get() != null) {
      // Nothing is sent for an answer that was ended before its turn.
      throw new InterruptedException();
    }
    try (AnswerBody answer =
        residency.link().stream(asked.path(), asked.json(), within(patience.first()))) {
      body.set(answer);
      Duration wait = patience.first();
      while (!chat.isDone() && last.get() == null) {
        Optional<byte[]> chunk = answer.next(within(wait));
        if (chunk.isEmpty()) {
          break;
        }
        wait = patience.stall();
        for (String event : lines.feed(chunk.get())) {
          for (GenerationEvent part : chat.accept(event)) {
            events.put(part);
          }
        }
      }
      return chat.end();
    }
  }

  /// The shorter of a wait and what is left until the deadline.
  private Duration within(Duration wait) throws ServerException {
    Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
    if (!left.isPositive()) {
      throw late();
    }
    return left.compareTo(wait) < 0 ? left : wait;
  }

  private static ServerException late() {
    return new ServerException(
        ServerException.Kind.SILENT, "The answer took longer than its deadline.");
  }

  /// What a failure means for the answer.
  private Failed failure(ServerException failed) {
    FailureKind kind =
        switch (failed.kind()) {
          case BUSY -> FailureKind.BUSY;
          case CONTEXT_TOO_LONG -> FailureKind.CONTEXT_TOO_LONG;
          case BAD_REQUEST -> FailureKind.BAD_REQUEST;
          case UNREACHABLE, BROKEN, SILENT, KEY_REFUSED, NOT_FOUND, FAULT, GARBAGE, FORBIDDEN ->
              FailureKind.CRASHED;
        };
    boolean late = System.nanoTime() - deadlineNanos >= 0;
    return late && kind == FailureKind.CRASHED
        ? new Failed(FailureKind.DEADLINE, "The answer took longer than its deadline.")
        : new Failed(kind, failed.sentence());
  }

  /// Ends the answer; what comes first counts.
  void end(GenerationEvent event) {
    if (!last.compareAndSet(null, event)) {
      return;
    }
    // Wakes a reader that waits; one that does not finds the end when the queue is empty.
    events.offer(event);
    AnswerBody open = body.get();
    if (open != null) {
      open.close();
    }
    if (Thread.currentThread() != reader) {
      reader.interrupt();
    }
  }

  boolean isOver() {
    return last.get() != null;
  }

  void join(Duration patience) throws InterruptedException {
    if (reader.getState() != Thread.State.NEW && Thread.currentThread() != reader) {
      reader.join(patience);
    }
  }

  @Override
  public Optional<GenerationEvent> next(Duration timeout) throws InterruptedException {
    Optional<GenerationEvent> event = told ? Optional.ofNullable(last.get()) : nextInLine(timeout);
    told |= event.isPresent() && event.get().isLast();
    return event;
  }

  private Optional<GenerationEvent> nextInLine(Duration timeout) throws InterruptedException {
    GenerationEvent event = events.poll();
    if (event == null && last.get() == null) {
      Duration wait = timeout.compareTo(SIGN_OF_LIFE) < 0 ? timeout : SIGN_OF_LIFE;
      event = events.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
    }
    if (event != null) {
      return Optional.of(event);
    }
    GenerationEvent end = last.get();
    if (end != null) {
      // What came between the two looks goes first.
      GenerationEvent before = events.poll();
      return Optional.of(before == null ? end : before);
    }
    return timeout.compareTo(SIGN_OF_LIFE) < 0
        ? Optional.empty()
        : Optional.of(new GenerationEvent.Prefilled(0, 0));
  }

  @Override
  public void cancel() {
    end(new Finished(FinishReason.CANCELLED, 0, 0, 0));
  }

  @Override
  public void close() {
    cancel();
  }
}
