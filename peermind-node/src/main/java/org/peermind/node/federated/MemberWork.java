// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What takes a member long, one thing at a time on a thread of its own: what was ended has ended
/// before another begins.
final class MemberWork implements AutoCloseable {
  private static final Duration STOP_MAX = Duration.ofSeconds(10);

  private final Runnable onEnd;
  private @Nullable String name;

  /// The one that runs, also when it was told to end.
  private @Nullable Thread thread;

  private Optional<String> failure = Optional.empty();
  private int generation;
  private boolean isClosed;

  /// Something long.
  @FunctionalInterface
  interface Job {
    void run() throws IOException, InterruptedException;
  }

  /// @param onEnd called after each job, on its thread
  MemberWork(Runnable onEnd) {
    this.onEnd = onEnd;
  }

  /// Begins a job unless it runs already; one that failed is tried again when it is asked for
  /// again.
  ///
  /// @return why the last try failed, once
  synchronized Optional<String> once(String wanted, Job job) {
    if (!wanted.equals(name)) {
      forget();
    }
    if (thread != null || isClosed) {
      return Optional.empty(); // it runs, or another ends; onEnd tells when
    }
    Optional<String> last = failure;
    failure = Optional.empty();
    if (last.isPresent()) {
      name = null; // told now, tried again when it is asked for again
      return last;
    }
    name = wanted;
    int own = ++generation;
    thread = Thread.ofPlatform().name("round-" + wanted).daemon().start(() -> run(job, own));
    return Optional.empty();
  }

  private void run(Job job, int own) {
    Optional<String> why = Optional.empty();
    try {
      job.run();
    } catch (InterruptedException stopped) {
      why = Optional.of("it was stopped");
    } catch (IOException refused) {
      why = Optional.of(String.valueOf(refused.getMessage()));
    } catch (RuntimeException | Error bug) {
      // Errors too: native libraries that do not load must not leave this waiting for ever.
      why = Optional.of("an error in Peermind, " + bug.getClass().getSimpleName());
    }
    synchronized (this) {
      thread = null;
      if (own == generation) {
        failure = why;
        if (why.isEmpty()) {
          name = null;
        }
      }
    }
    onEnd.run();
  }

  /// Whether something runs, also when it was told to end.
  synchronized boolean isBusy() {
    return thread != null;
  }

  /// Tells what runs to end; it goes on from the disk if it is begun again.
  synchronized void forget() {
    generation++;
    if (thread != null) {
      thread.interrupt();
    }
    name = null;
    failure = Optional.empty();
  }

  /// Ends what runs, and waits for it, bounded.
  @Override
  public void close() {
    @Nullable Thread last;
    synchronized (this) {
      isClosed = true;
      forget();
      last = thread;
    }
    if (last != null) {
      try {
        last.join(STOP_MAX);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
