// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;

/// Runs tasks in virtual time, in order of their times and then of their submission. Tasks may be
/// submitted by any thread; they run inside [#advance] on the thread that calls it.
public final class VirtualScheduler {
  private final PriorityQueue<Entry> entries =
      new PriorityQueue<>(
          Comparator.comparingLong(Entry::atNanos).thenComparingLong(Entry::sequence));
  private final VirtualClock clock;
  private long nowNanos;
  private long sequence;

  private record Entry(long atNanos, long sequence, Runnable task) {}

  /// @param clock moved along with the tasks
  public VirtualScheduler(VirtualClock clock) {
    this.clock = clock;
  }

  /// Runs `task` when `delay` has been advanced over.
  ///
  /// @return takes the task back if it has not run
  public synchronized Runnable after(Duration delay, Runnable task) {
    Entry entry = new Entry(nowNanos + Math.max(0, delay.toNanos()), sequence++, task);
    entries.add(entry);
    return () -> remove(entry);
  }

  private synchronized void remove(Entry entry) {
    entries.remove(entry);
  }

  /// Moves time by `step` and runs everything that falls due on the way, including what is
  /// submitted meanwhile.
  public void advance(Duration step) {
    long end;
    synchronized (this) {
      end = nowNanos + step.toNanos();
    }
    for (Optional<Entry> due = next(end); due.isPresent(); due = next(end)) {
      due.get().task().run();
    }
    moveTo(end);
  }

  /// Tasks that have not run.
  public synchronized int pending() {
    return entries.size();
  }

  private synchronized Optional<Entry> next(long end) {
    Entry first = entries.peek();
    if (first == null || first.atNanos() > end) {
      return Optional.empty();
    }
    entries.remove();
    moveTo(first.atNanos());
    return Optional.of(first);
  }

  private synchronized void moveTo(long nanos) {
    if (nanos > nowNanos) {
      clock.advance(Duration.ofNanos(nanos - nowNanos));
      nowNanos = nanos;
    }
  }
}
