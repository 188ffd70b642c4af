// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;

/// The node's view of one answer in the child process: a bounded queue of its events.
final class ChildGeneration implements Generation {
  private final Runnable canceller;
  private final int eventsMax;
  private final Deque<GenerationEvent> events = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private Optional<GenerationEvent> last = Optional.empty();

  /// @param eventsMax more events than any sound child would send before they are read
  ChildGeneration(int eventsMax, Runnable canceller) {
    this.eventsMax = eventsMax;
    this.canceller = canceller;
  }

  /// Queues an event; false when the queue is full, which means that the child is broken. A sign of
  /// life that nobody read yet is replaced rather than queued again.
  boolean offer(GenerationEvent event) {
    lock.lock();
    try {
      if (last.isPresent()) {
        return true;
      }
      if (event instanceof GenerationEvent.Prefilled
          && events.peekLast() instanceof GenerationEvent.Prefilled) {
        events.removeLast();
      }
      if (event.isLast()) {
        last = Optional.of(event);
      } else if (events.size() >= eventsMax) {
        return false;
      } else {
        events.addLast(event);
      }
      arrived.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<GenerationEvent> next(Duration timeout) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = timeout.toNanos();
      while (events.isEmpty() && last.isEmpty() && left > 0) {
        left = arrived.awaitNanos(left);
      }
      return events.isEmpty() ? last : Optional.of(events.removeFirst());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void cancel() {
    boolean ended;
    lock.lock();
    try {
      ended = last.isPresent();
    } finally {
      lock.unlock();
    }
    if (!ended) {
      canceller.run();
    }
  }

  @Override
  public void close() {
    cancel();
  }
}
