// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Word;

/// The one thread that owns a referee's core, with a bounded queue before it.
final class CoreThread implements AutoCloseable {
  private static final int TASKS_MAX = 40_000;

  /// Room that only comings and goings of nodes may use: a request that is lost under load is asked
  /// again, but a departure that is lost leaves sessions open for ever.
  private static final int PRESENCE_RESERVE = 20_000;

  /// With fewer waiting tasks an overload is over, so that the next one is told again.
  private static final int CALM_TASKS_MAX = PRESENCE_RESERVE / 2;

  private static final Word CORE = new Word("referee-core");

  private final EventLog events;
  private final AtomicBoolean overloaded = new AtomicBoolean();
  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(TASKS_MAX),
          Thread.ofPlatform().name("referee-core").daemon().factory());

  CoreThread(EventLog events) {
    this.events = events;
  }

  /// Queues a task.
  ///
  /// @return false when it was dropped, because too many wait
  boolean execute(Runnable task) {
    if (executor.getQueue().remainingCapacity() > PRESENCE_RESERVE) {
      executePresence(task);
      return true;
    }
    tellOverload();
    return false;
  }

  /// Queues a task that brings or takes a node; there is room for as many as nodes can attach.
  void executePresence(Runnable task) {
    try {
      executor.execute(() -> run(task));
    } catch (RejectedExecutionException full) {
      tellOverload();
    }
  }

  private void run(Runnable task) {
    if (executor.getQueue().size() < CALM_TASKS_MAX) {
      overloaded.set(false);
    }
    try {
      task.run();
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(CORE, bug));
    }
  }

  /// Once for each time that the queue fills, not for each message.
  private void tellOverload() {
    if (!executor.isShutdown() && overloaded.compareAndSet(false, true)) {
      events.record(
          NodeEvent.UnexpectedFailure.of(CORE, new RejectedExecutionException("overloaded")));
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
