// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;

/// Has the engine make vectors on a thread of its own, so that whoever waits can say meanwhile that
/// it is alive.
final class EmbeddingJob implements AutoCloseable {
  /// A hanging engine is ended by its watchdog within this time.
  private static final Duration END_WAIT = Duration.ofSeconds(15);

  private final FutureTask<Embeddings> task;
  private final Thread thread;

  EmbeddingJob(EngineAccess engine, List<String> texts) {
    List<String> copy = List.copyOf(texts);
    this.task = new FutureTask<>(() -> engine.embed(copy));
    this.thread = Thread.ofVirtual().name("embedding").start(task);
  }

  /// The vectors, or nothing when they are not ready in time.
  ///
  /// @throws EngineException when the engine fails
  /// @throws IllegalArgumentException with one sentence when the engine cannot do it
  Optional<Embeddings> result(Duration patience) throws EngineException, InterruptedException {
    try {
      return Optional.of(task.get(patience.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException notYet) {
      return Optional.empty();
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case EngineException broken -> throw broken;
        case RuntimeException refused -> throw refused;
        case null, default -> throw new EngineException("The engine was interrupted.", failed);
      }
    }
  }

  /// Gives up, if it still runs, and waits a bounded time for the engine to be done with it.
  @Override
  public void close() {
    task.cancel(true);
    try {
      thread.join(END_WAIT);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
