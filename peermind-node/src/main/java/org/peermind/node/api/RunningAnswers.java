// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The answers being written, so that a stopping server can wait for them and then end them with a
/// word instead of a cut connection.
final class RunningAnswers {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<AnswerFeed> feeds = new HashSet<>();

  void add(AnswerFeed feed) {
    lock.lock();
    try {
      feeds.add(feed);
    } finally {
      lock.unlock();
    }
  }

  void remove(AnswerFeed feed) {
    lock.lock();
    try {
      feeds.remove(feed);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits for all to end by themselves, then ends the rest.
  void drain(Duration grace) {
    for (AnswerFeed late : leftAfter(grace)) {
      late.end(AnswerFeed.Cut.NODE_STOPPING);
    }
  }

  private List<AnswerFeed> leftAfter(Duration grace) {
    long nanosLeft = grace.toNanos();
    lock.lock();
    try {
      while (!feeds.isEmpty() && nanosLeft > 0) {
        nanosLeft = changed.awaitNanos(nanosLeft);
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return snapshot();
  }

  private List<AnswerFeed> snapshot() {
    lock.lock();
    try {
      return List.copyOf(feeds);
    } finally {
      lock.unlock();
    }
  }
}
