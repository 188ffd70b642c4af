// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergyInput;
import org.peermind.energy.EnergyPath;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.EnergyState;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// The shell around [EnergyPath]: reads the adapter in its rhythm, steps the core at least once a
/// second, and has the engine do what was decided. An adapter that blocks is left behind at its
/// deadline; the core then sees that time passed without a reading.
public final class EnergyLoop implements AutoCloseable {
  private static final Duration TICK_MAX = Duration.ofSeconds(1);
  private static final Duration READ_DEADLINE_MAX = Duration.ofSeconds(10);

  private final EnergySettings settings;
  private final EnergyAdapter adapter;
  private final EnergyPath path;
  private final EnergyTime time;
  private final EngineRoom engine;
  private final Consumer<EnergyDecision> onDecision;
  private final ExecutorService reader = Executors.newVirtualThreadPerTaskExecutor();
  private final Thread thread;
  private volatile EnergyState state;
  private volatile boolean closed;
  private @Nullable Future<EnergySample> overdue;

  /// @param onDecision told after every step, on the loop's thread
  public EnergyLoop(
      EnergySettings settings,
      EnergyAdapter adapter,
      EnergyTime time,
      EngineRoom engine,
      Consumer<EnergyDecision> onDecision) {
    this.settings = settings;
    this.adapter = adapter;
    this.path = new EnergyPath(settings);
    this.time = time;
    this.engine = engine;
    this.onDecision = onDecision;
    this.state = path.initial(time.instant());
    this.thread = Thread.ofPlatform().name("energy").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  public EnergyDecision decision() {
    return state.decision();
  }

  private void run() {
    Duration poll = settings.sampling().poll();
    Duration tick = poll.compareTo(TICK_MAX) < 0 ? poll : TICK_MAX;
    Instant nextPoll = time.instant();
    Instant next = nextPoll;
    try {
      while (!closed) {
        waitUntil(next);
        Instant now = time.isScaled() ? next : time.instant();
        boolean due = !now.isBefore(nextPoll);
        EnergyInput.Observation observation =
            due ? read(now) : new EnergyInput.Observation.Nothing();
        if (due) {
          nextPoll = now.plus(poll);
        }
        step(observation, time.isScaled() ? now : time.instant());
        next = now.plus(tick);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void step(EnergyInput.Observation observation, Instant now) {
    Reading<Watts> own = Reading.watts(engine.ownDrawWatts(), now);
    state = path.step(state, new EnergyInput(observation, own, engine.status()), now);
    engine.apply(state.decision().activation());
    onDecision.accept(state.decision());
  }

  private void waitUntil(Instant energy) throws InterruptedException {
    Duration wait = time.toReal(Duration.between(time.instant(), energy));
    if (wait.isPositive()) {
      Thread.sleep(wait);
    }
  }

  private EnergyInput.Observation read(Instant now) throws InterruptedException {
    if (time.isScaled()) {
      try {
        return new EnergyInput.Observation.Sampled(adapter.read(now));
      } catch (EnergyAdapterException failed) {
        return new EnergyInput.Observation.Failed(String.valueOf(failed.getMessage()));
      }
    }
    return readWithDeadline(now);
  }

  /// A read that is still running from before is given another chance to end; a second one is never
  /// started beside it, because many devices take one client at a time.
  private EnergyInput.Observation readWithDeadline(Instant now) throws InterruptedException {
    Duration poll = settings.sampling().poll();
    Duration deadline = poll.compareTo(READ_DEADLINE_MAX) < 0 ? poll : READ_DEADLINE_MAX;
    boolean late = overdue != null;
    Future<EnergySample> reading = late ? overdue : reader.submit(() -> adapter.read(now));
    if (reading == null) {
      throw new IllegalStateException("A late reading is kept until it ends");
    }
    try {
      EnergySample sample = reading.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      overdue = null;
      return late
          ? new EnergyInput.Observation.Failed("the adapter answered too late")
          : new EnergyInput.Observation.Sampled(sample);
    } catch (TimeoutException tooLate) {
      overdue = reading;
      return new EnergyInput.Observation.Failed(
          "the adapter did not answer within " + deadline.toMillis() + " ms");
    } catch (ExecutionException failed) {
      overdue = null;
      Throwable cause = failed.getCause();
      return new EnergyInput.Observation.Failed(
          cause instanceof EnergyAdapterException
              ? String.valueOf(cause.getMessage())
              : "the adapter failed (" + cause + ")");
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    reader.shutdownNow();
    adapter.close();
  }
}
