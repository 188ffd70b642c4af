// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What takes a member long, one thing at a time on a thread of its own.
final class MemberWork implements AutoCloseable {
  private final Runnable onEnd;
  private @Nullable String name;
  private @Nullable Thread thread;
  private Optional<String> failure = Optional.empty();
  private int generation;

  /// Something long.
  @FunctionalInterface
  interface Job {
    void run() throws IOException, InterruptedException;
  }

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
    } else if (thread != null) {
      return Optional.empty();
    }
    Optional<String> last = failure;
    failure = Optional.empty();
    if (last.isPresent()) {
      name = null; // told now, tried again at the next look
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
      return;
    } catch (IOException refused) {
      why = Optional.of(String.valueOf(refused.getMessage()));
    } catch (RuntimeException bug) {
      why = Optional.of("an error in Peermind, " + bug.getClass().getSimpleName());
    }
    synchronized (this) {
      if (own == generation) {
        failure = why;
        thread = null;
        if (why.isEmpty()) {
          name = null;
        }
      }
    }
    onEnd.run();
  }

  /// Ends what runs, which goes on from the disk if it is begun again.
  synchronized void forget() {
    generation++;
    if (thread != null) {
      thread.interrupt();
      thread = null;
    }
    name = null;
    failure = Optional.empty();
  }

  @Override
  public void close() {
    forget();
  }
}
