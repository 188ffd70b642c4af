// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peermind.node.query.Answer;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.Answers;
import org.peermind.node.query.Query;
import org.peermind.node.query.QueryRefused;
import org.peermind.protocol.RefusalCode;

/// Asks on a thread of its own and hands the parts of the answer to the thread that writes them.
///
/// The writer can so wait with a deadline, learn what is available at once (one flush per batch),
/// and be told that the client left or the node stops while nothing comes. A client that reads
/// slowly fills the feed, which then stops reading the answer: memory stays bounded.
final class AnswerFeed implements AutoCloseable {
  private static final int PARTS_MAX = 64;

  /// What the writer gets to know.
  sealed interface Part {}

  record Event(AnswerEvent event) implements Part {}

  record Refused(QueryRefused refusal) implements Part {}

  /// Nobody reads any more, or the node stops; earlier parts that were not taken are lost.
  enum Cut implements Part {
    CLIENT_GONE,
    NODE_STOPPING
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Part> parts = new ArrayDeque<>();
  private final AtomicBoolean answerClosed = new AtomicBoolean();
  private final Consumer<Throwable> onBug;
  private final Thread asker;
  private @Nullable Cut cut;
  private boolean closed;
  private @Nullable Answer answer;

  /// Starts to ask.
  ///
  /// @param onBug told of exceptions that [Answers] must not throw
  AnswerFeed(Answers answers, Query query, Consumer<Throwable> onBug) {
    this.onBug = onBug;
    this.asker = Thread.ofVirtual().name("api-answer").unstarted(() -> readAnswer(answers, query));
  }

  void start() {
    asker.start();
  }

  private void readAnswer(Answers answers, Query query) {
    try {
      Answer started = answers.ask(query, this::putQueued);
      if (!attach(started)) {
        closeOnce(started);
        return;
      }
      while (true) {
        AnswerEvent event = started.next();
        put(new Event(event));
        if (event instanceof AnswerEvent.Done || event instanceof AnswerEvent.Failed) {
          return;
        }
      }
    } catch (QueryRefused refusal) {
      putUnlessClosed(new Refused(refusal));
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      onBug.accept(bug);
      putUnlessClosed(
          new Event(
              new AnswerEvent.Failed(
                  RefusalCode.INFERER_FAILED, "This node failed to read the answer.", 0)));
    }
  }

  private boolean attach(Answer started) {
    lock.lock();
    try {
      answer = started;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void put(Part part) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (parts.size() >= PARTS_MAX && !closed) {
        changed.await();
      }
      if (closed) {
        throw new InterruptedException("nobody reads the answer any more");
      }
      parts.add(part);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// A place in the queue is news only for as long as there is room for it.
  private void putQueued(AnswerEvent.Queued at) {
    lock.lock();
    try {
      if (!closed && parts.size() < PARTS_MAX) {
        parts.add(new Event(at));
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void putUnlessClosed(Part part) {
    lock.lock();
    try {
      if (!closed) {
        parts.add(part);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The next part; empty when none came in time.
  Optional<Part> take(Duration wait) throws InterruptedException {
    long nanosLeft = wait.toNanos();
    lock.lockInterruptibly();
    try {
      while (cut == null && parts.isEmpty()) {
        if (nanosLeft <= 0) {
          return Optional.empty();
        }
        nanosLeft = changed.awaitNanos(nanosLeft);
      }
      return takeNow();
    } finally {
      lock.unlock();
    }
  }

  /// The next part if there is one.
  Optional<Part> takeNow() {
    lock.lock();
    try {
      if (cut != null) {
        return Optional.of(cut);
      }
      Part part = parts.poll();
      changed.signalAll();
      return Optional.ofNullable(part);
    } finally {
      lock.unlock();
    }
  }

  /// Ends the feed from another thread; the first reason counts. The answer is cancelled at once.
  void end(Cut why) {
    lock.lock();
    try {
      if (cut == null) {
        cut = why;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    close();
  }

  /// Cancels the answer if it still runs.
  @Override
  public void close() {
    Answer running;
    lock.lock();
    try {
      closed = true;
      running = answer;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (running != null) {
      closeOnce(running);
    }
    asker.interrupt();
  }

  private void closeOnce(Answer running) {
    if (answerClosed.compareAndSet(false, true)) {
      try {
        running.close();
      } catch (RuntimeException bug) {
        onBug.accept(bug);
      }
    }
  }
}
