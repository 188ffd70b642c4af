// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergyInput;
import org.peermind.energy.EnergyInput.Observation;
import org.peermind.energy.EnergyPath;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.EnergyState;
import org.peermind.energy.Expectation;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SiteStatus;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ExpectedPower;
import org.peermind.protocol.Watts;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Word;

/// The shell around [EnergyPath]: reads the adapter in its rhythm, steps the core at least once a
/// second, and has the engine do what was decided. An adapter that blocks is left behind; the core
/// then sees that time passes without a reading. Whatever fails here, the engine is never left
/// running unwatched (promise 1).
public final class EnergyLoop implements AutoCloseable {
  private static final Duration TICK_MAX = Duration.ofSeconds(1);
  private static final Duration READ_DEADLINE_MAX = Duration.ofSeconds(10);

  /// How long a step waits for a read that has just begun; most adapters answer sooner.
  private static final Duration READ_PATIENCE = Duration.ofMillis(500);

  private static final Duration STOP_MAX = Duration.ofSeconds(5);
  private static final Word PART = new Word("energy");

  private final EnergySettings settings;
  private final EnergyAdapter adapter;
  private final EnergyPath path;
  private final EnergyTime time;
  private final SiteMemory memory;
  private final EngineRoom engine;
  private final Consumer<EnergyDecision> onDecision;
  private final EventLog events;
  private final Thread thread;
  private volatile EnergyState state;
  private volatile boolean closed;
  private volatile @Nullable AdapterRead running;

  /// @param memory read here and written at the end
  /// @param onDecision told after every step, on the loop's thread
  public EnergyLoop(
      EnergySettings settings,
      EnergyAdapter adapter,
      EnergyTime time,
      SiteMemory memory,
      EngineRoom engine,
      Consumer<EnergyDecision> onDecision,
      EventLog events) {
    this.settings = settings;
    this.adapter = adapter;
    this.path = new EnergyPath(settings);
    this.time = time;
    this.memory = memory;
    this.engine = engine;
    this.onDecision = onDecision;
    this.events = events;
    Instant now = time.instant();
    this.state = path.initial(now, memory.load(now));
    this.thread = Thread.ofPlatform().name("energy").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  public EnergyDecision decision() {
    return state.decision();
  }

  /// How each device of the site stands now.
  public SiteStatus siteStatus() {
    return adapter.siteStatus(time.instant());
  }

  /// What the site's history lets expect of the next day.
  public Expectation expectation() {
    return memory.expectation();
  }

  /// The mean headroom expected of the next hour; empty when unknown.
  public Optional<ExpectedPower> nextHour() {
    return path.nextHour(state, memory.expectation());
  }

  private void run() {
    Duration poll = settings.sampling().poll();
    Duration tick = poll.compareTo(TICK_MAX) < 0 ? poll : TICK_MAX;
    Instant nextPoll = time.instant();
    Instant next = nextPoll;
    try {
      while (!closed) {
        waitUntil(next, tick);
        Instant now = time.isScaled() ? next : time.instant();
        boolean setBack = nextPoll.isAfter(now.plus(poll));
        boolean due = setBack || !now.isBefore(nextPoll);
        if (due) {
          nextPoll = now.plus(poll);
        }
        Observation observation = time.isScaled() ? readNow(due, now) : readBeside(due, now);
        step(observation, time.isScaled() ? now : time.instant());
        next = now.plus(tick);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      if (!closed) {
        engine.apply(Activation.OFF);
      }
    }
  }

  /// One step. A bug in it stops the engine, because nothing else would see the sun go; the next
  /// step is tried all the same.
  private void step(Observation observation, Instant now) {
    Reading<Watts> own;
    try {
      own = Reading.watts(engine.ownDrawWatts(), now);
      EnergyInput input = new EnergyInput(observation, own, engine.status(), memory.expectation());
      state = path.step(state, input, now);
      engine.apply(state.decision().activation());
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(PART, bug));
      engine.apply(Activation.OFF);
      return;
    }
    try {
      onDecision.accept(state.decision());
      memory.stepped(state, own);
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(PART, bug));
    }
  }

  /// Waits for one tick at most, so that a clock that is set back does not stop the watch.
  private void waitUntil(Instant energy, Duration tick) throws InterruptedException {
    Duration wait = time.toReal(Duration.between(time.instant(), energy));
    Duration longest = time.toReal(tick);
    if (wait.isPositive()) {
      Thread.sleep(wait.compareTo(longest) < 0 ? wait : longest);
    }
  }

  /// Scaled time has only adapters that are functions of time; they answer at once.
  private Observation readNow(boolean due, Instant now) {
    if (!due) {
      return new Observation.Nothing();
    }
    try {
      return new Observation.Sampled(adapter.read(now));
    } catch (EnergyAdapterException | RuntimeException failed) {
      return failed(failed);
    }
  }

  /// Reads on a thread of its own, so that a device that blocks never holds the steps up. A second
  /// read is never started beside one that still runs, because many devices take one client at a
  /// time.
  private Observation readBeside(boolean due, Instant now) throws InterruptedException {
    AdapterRead read = running;
    if (read == null) {
      if (!due) {
        return new Observation.Nothing();
      }
      read = new AdapterRead(adapter, now);
      running = read;
      read.await(READ_PATIENCE);
    }
    if (read.isDone()) {
      running = null;
      return read.outcome();
    }
    Duration poll = settings.sampling().poll();
    Duration deadline = poll.compareTo(READ_DEADLINE_MAX) < 0 ? poll : READ_DEADLINE_MAX;
    if (read.isOverdue(time.instant(), deadline) && (read.interruptOnce() || due)) {
      return new Observation.Failed(
          "the adapter did not answer within " + deadline.toMillis() + " ms");
    }
    return new Observation.Nothing();
  }

  private static Observation failed(Throwable cause) {
    return new Observation.Failed(
        cause instanceof EnergyAdapterException
            ? String.valueOf(cause.getMessage())
            : "the adapter failed (" + cause.getClass().getSimpleName() + ")");
  }

  /// One read that may block; what comes after its deadline is dropped.
  private static final class AdapterRead {
    private final Instant begun;
    private final FutureTask<EnergySample> task;
    private final Thread thread;
    private boolean late;

    AdapterRead(EnergyAdapter adapter, Instant now) {
      begun = now;
      task = new FutureTask<>(() -> adapter.read(now));
      thread = Thread.ofVirtual().name("energy-adapter").start(task);
    }

    void await(Duration patience) throws InterruptedException {
      try {
        var _ = task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException lookedAtLater) {
        return;
      }
    }

    boolean isDone() {
      return task.isDone();
    }

    /// A clock that was set back counts as the end of the read's time.
    boolean isOverdue(Instant now, Duration deadline) {
      return now.isBefore(begun) || now.isAfter(begun.plus(deadline));
    }

    /// @return whether this was the first time
    boolean interruptOnce() {
      if (late) {
        return false;
      }
      late = true;
      thread.interrupt();
      return true;
    }

    void interrupt() {
      thread.interrupt();
    }

    Observation outcome() throws InterruptedException {
      if (late) {
        return new Observation.Failed("the adapter answered too late");
      }
      try {
        return new Observation.Sampled(task.get());
      } catch (ExecutionException failure) {
        return failed(failure.getCause() == null ? failure : failure.getCause());
      }
    }
  }

  /// Ends the loop; once it returns, the engine is told nothing more.
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      if (thread.isAlive()) {
        thread.join(STOP_MAX);
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
    AdapterRead last = running;
    if (last != null) {
      last.interrupt();
    }
    adapter.close();
    memory.close();
  }
}
