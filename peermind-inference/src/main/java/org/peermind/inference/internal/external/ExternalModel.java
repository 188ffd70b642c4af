// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.peermind.inference.Constraint;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelInfo;

/// A model at somebody else's server. The server is looked after while the model is loaded: when it
/// fails twice, the model counts as dead and its memory is asked back.
public final class ExternalModel implements LoadedModel {
  private static final int GENERATIONS_MAX = 64;
  private static final Duration HEALTH_EVERY = Duration.ofSeconds(15);
  private static final int HEALTH_MISSES_MAX = 2;
  private static final Duration END_MAX = Duration.ofSeconds(2);

  private final Residency residency;
  private final ModelInfo info;
  private final EngineFeatures features;
  private final int slots;
  private final Patience patience;
  private final Runnable onReleased;
  private final Turnstile turnstile;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<ExternalGeneration> generations = new ArrayList<>();
  private final List<Runnable> deathListeners = new ArrayList<>();
  private boolean alive = true;
  private boolean closed;

  /// How long an answer may take.
  ///
  /// @param first until the server begins to answer; it may have to load the model again
  /// @param stall between two parts of an answer
  public record Patience(Duration first, Duration stall) {
    public static Patience standard() {
      return new Patience(Duration.ofMinutes(3), Duration.ofSeconds(20));
    }
  }

  /// @param onReleased called after the memory was asked back, whatever came of it
  public ExternalModel(
      Residency residency,
      ModelInfo info,
      EngineFeatures features,
      int slots,
      Patience patience,
      Runnable onReleased) {
    this.residency = residency;
    this.info = info;
    this.features = features;
    this.slots = slots;
    this.patience = patience;
    this.onReleased = onReleased;
    this.turnstile = new Turnstile(slots);
  }

  /// Begins to look after the server.
  public void watch() {
    Thread.ofVirtual().name("external-engine-health").start(this::watchHealth);
  }

  private void watchHealth() {
    try {
      int misses = 0;
      while (!over.await(HEALTH_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        misses = residency.isHealthy() ? 0 : misses + 1;
        if (misses >= HEALTH_MISSES_MAX) {
          die();
          return;
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public EngineFeatures features() {
    return features;
  }

  @Override
  public Generation generate(GenerationRequest request) throws EngineException {
    ExternalGeneration generation =
        new ExternalGeneration(residency, request, turnstile, patience, this::suspect);
    synchronized (this) {
      if (!alive) {
        throw new EngineException("The model is not loaded any more.");
      }
      generations.removeIf(ExternalGeneration::isOver);
      if (generations.size() >= GENERATIONS_MAX) {
        generation.end(new Failed(FailureKind.BUSY, "Too many answers wait for the server."));
        return generation;
      }
      generations.add(generation);
    }
    Optional<String> lacking = lacking(request);
    if (lacking.isPresent()) {
      generation.end(new Failed(FailureKind.BAD_REQUEST, lacking.get()));
    } else {
      generation.start();
    }
    return generation;
  }

  /// What the request needs and the server has not.
  private Optional<String> lacking(GenerationRequest request) {
    if (!request.resumeTokens().isEmpty()) {
      return Optional.of("The owner's server takes no token ids, so it cannot continue an answer.");
    }
    if (request.topLogprobs().isPresent()) {
      return Optional.of("Probabilities of tokens are not read from the owner's server.");
    }
    return switch (request.constraint()) {
      case Constraint.None _ -> Optional.empty();
      case Constraint.JsonObject _, Constraint.JsonSchema _ ->
          features.constraints()
              ? Optional.empty()
              : Optional.of("The owner's server is not known to keep an answer to JSON.");
      case Constraint.Tools _ ->
          features.tools()
              ? Optional.empty()
              : Optional.of("The owner's server is not known to call tools.");
    };
  }

  @Override
  public Embeddings embed(List<String> texts) throws EngineException {
    throw new EngineException("Vectors of texts are not asked of the owner's server.");
  }

  /// After an answer broke: looks at once whether the server still lives. One that refuses the key
  /// or does not know the model any more would fail every answer.
  private void suspect(ServerException.Kind kind) {
    boolean hopeless =
        switch (kind) {
          case KEY_REFUSED, NOT_FOUND, FORBIDDEN -> true;
          case UNREACHABLE, BROKEN, SILENT, BUSY, CONTEXT_TOO_LONG, BAD_REQUEST, FAULT, GARBAGE ->
              false;
        };
    try {
      if (hopeless || !residency.isHealthy()) {
        die();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /// These servers cannot be slowed down, so a paced model gives one answer at a time: that caps
  /// what the machine draws beside the answer that runs.
  @Override
  public void pace(OptionalDouble tokensPerSecondMax) {
    turnstile.limit(tokensPerSecondMax.isPresent() ? 1 : slots);
  }

  @Override
  public synchronized boolean alive() {
    return alive;
  }

  @Override
  public OptionalLong childPid() {
    return residency.pid();
  }

  @Override
  public void onDeath(Runnable listener) {
    synchronized (this) {
      if (alive || closed) {
        deathListeners.add(listener);
        return;
      }
    }
    listener.run();
  }

  private void die() {
    if (!stop(new Failed(FailureKind.CRASHED, "The owner's server stopped working."))) {
      return;
    }
    List<Runnable> listeners;
    synchronized (this) {
      // Whoever comes later sees that the model is dead.
      listeners = closed ? List.of() : List.copyOf(deathListeners);
    }
    listeners.forEach(Runnable::run);
    release();
  }

  /// Ends every answer, waits until no request runs any more, and asks the memory back.
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    if (stop(new Failed(FailureKind.UNLOADED, "The model was unloaded."))) {
      release();
    }
  }

  /// @return whether it was this call that stopped the model
  private boolean stop(Failed last) {
    List<ExternalGeneration> running;
    synchronized (this) {
      if (!alive) {
        return false;
      }
      alive = false;
      running = List.copyOf(generations);
      generations.clear();
    }
    over.countDown();
    running.forEach(generation -> generation.end(last));
    return awaitEnds(running);
  }

  private static boolean awaitEnds(List<ExternalGeneration> running) {
    long deadline = System.nanoTime() + END_MAX.toNanos();
    boolean interrupted = false;
    for (ExternalGeneration generation : running) {
      try {
        generation.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      } catch (InterruptedException stopped) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  private void release() {
    residency.releaseUninterrupted();
    onReleased.run();
  }
}
