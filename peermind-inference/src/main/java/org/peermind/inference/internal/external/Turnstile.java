// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Lets so many answers run at once; the limit may change while they do.
final class Turnstile {
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition changed = lock.newCondition();
  private int limit;
  private int inside;

  Turnstile(int limit) {
    this.limit = limit;
  }

  /// @return whether it came in before the time was over
  boolean enter(Duration patience) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = patience.toNanos();
      while (inside >= limit) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      inside++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  void leave() {
    lock.lock();
    try {
      inside--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void limit(int newLimit) {
    lock.lock();
    try {
      limit = newLimit;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
