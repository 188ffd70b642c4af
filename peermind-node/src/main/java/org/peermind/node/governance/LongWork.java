// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs what takes long, one piece at a time, apart from the steward's own thread.
final class LongWork implements AutoCloseable {
  private final Executor executor;
  private final Runnable onEnd;
  private final Consumer<RuntimeException> onBug;
  private final Map<String, Optional<String>> ended = new HashMap<>();
  private @Nullable Running running;
  private boolean isClosed;

  /// A piece of work.
  interface Piece {
    /// @param progress takes a sentence on how far it is
    /// @throws Failed with one sentence
    void run(Consumer<String> progress) throws Failed, InterruptedException;
  }

  /// It did not succeed; it may be tried again.
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    Failed(String sentence, Throwable cause) {
      super(sentence, cause);
    }

    Failed(String sentence) {
      super(sentence);
    }

    String sentence() {
      return String.valueOf(getMessage());
    }
  }

  private static final class Running {
    private final String name;
    private volatile String progress = "begins";
    private @Nullable Thread thread;
    private boolean isCancelled;

    Running(String name) {
      this.name = name;
    }
  }

  /// @param onEnd called on the worker's thread
  LongWork(Executor executor, Runnable onEnd, Consumer<RuntimeException> onBug) {
    this.executor = executor;
    this.onEnd = onEnd;
    this.onBug = onBug;
  }

  /// Begins unless something runs.
  synchronized boolean begin(String name, Piece piece) {
    if (running != null || isClosed) {
      return false;
    }
    Running begun = new Running(name);
    running = begun;
    executor.execute(() -> run(begun, piece));
    return true;
  }

  private void run(Running one, Piece piece) {
    synchronized (this) {
      one.thread = Thread.currentThread();
      if (one.isCancelled) {
        running = null;
        return;
      }
    }
    Optional<String> failure = Optional.empty();
    try {
      piece.run(sentence -> one.progress = sentence);
    } catch (Failed failed) {
      failure = Optional.of(failed.sentence());
    } catch (InterruptedException _) {
      failure = Optional.of("It was broken off.");
    } catch (RuntimeException bug) {
      onBug.accept(bug);
      failure = Optional.of("It failed unexpectedly; see the log.");
    }
    synchronized (this) {
      running = null;
      one.thread = null;
      if (!one.isCancelled) {
        ended.put(one.name, failure);
      }
      // The executor's thread goes on to the next piece.
      Thread.interrupted();
    }
    onEnd.run();
  }

  /// What ended since the last call, each with its failure if it failed.
  synchronized Map<String, Optional<String>> takeEnded() {
    Map<String, Optional<String>> taken = Map.copyOf(ended);
    ended.clear();
    return taken;
  }

  /// Name of what runs.
  synchronized Optional<String> running() {
    return Optional.ofNullable(running).map(one -> one.name);
  }

  /// How far this piece is, if it runs.
  synchronized Optional<String> progress(String name) {
    return Optional.ofNullable(running)
        .filter(one -> one.name.equals(name))
        .map(one -> one.progress);
  }

  /// Breaks off what is not wanted any more.
  synchronized void keepOnly(Set<String> names) {
    Running one = running;
    if (one != null && !names.contains(one.name)) {
      cancel(one);
    }
  }

  private static void cancel(Running one) {
    one.isCancelled = true;
    if (one.thread != null) {
      one.thread.interrupt();
    }
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (running != null) {
      cancel(running);
    }
  }
}
