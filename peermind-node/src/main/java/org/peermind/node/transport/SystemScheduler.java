// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Real time, on one daemon thread.
public final class SystemScheduler implements Scheduler, AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;

  /// @param threadName shown in thread dumps
  public SystemScheduler(String threadName) {
    executor =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name(threadName).factory());
    executor.setRemoveOnCancelPolicy(true);
  }

  @Override
  public Task after(Duration delay, Runnable task) {
    try {
      Future<?> future =
          executor.schedule(() -> runSafely(task), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  /// An executor keeps exceptions in a future that nobody reads; here they reach the log.
  private static void runSafely(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException broken) {
      TransportLog.taskFailed(broken);
    }
  }

  /// Drops what has not run yet.
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
