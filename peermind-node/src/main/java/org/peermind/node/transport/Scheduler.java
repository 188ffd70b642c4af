// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;

/// Runs tasks later. Injected, so that tests and the simulator own time.
@FunctionalInterface
public interface Scheduler {
  /// Runs `task` once after `delay`, on some thread; tasks must not block.
  Task after(Duration delay, Runnable task);

  /// A task that has not run yet.
  @FunctionalInterface
  interface Task {
    /// Keeps the task from starting; without effect once it has.
    void cancel();
  }
}
