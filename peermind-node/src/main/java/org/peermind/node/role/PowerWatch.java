// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyPerToken;
import org.peermind.energy.EngineShare;
import org.peermind.energy.EngineStatus;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMeter;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;

/// Measures what the engine draws, once a second on a thread of its own, because a driver or a tool
/// may take seconds to answer, and counts the tokens that it pays for.
public final class PowerWatch implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration STOP_MAX = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final EngineShare share = new EngineShare();
  private final EnergyPerToken costs = new EnergyPerToken();
  private OwnPower newest = OwnPower.unknown(Instant.EPOCH, "not measured");
  private @Nullable EngineStatus statusBefore;
  private @Nullable Thread thread;

  public PowerWatch(InstantSource clock) {
    this.clock = clock;
  }

  /// Begins to measure. Without it, the engine's draw is only what its owner says.
  ///
  /// @param meter of the machine that runs the engine; closed in the end
  /// @param status of the engine
  synchronized void start(PowerMeter meter, Supplier<EngineStatus> status) {
    if (thread == null) {
      // A platform thread: a native call would hold up the others of a virtual one.
      thread = Thread.ofPlatform().name("own-power").daemon().start(() -> run(meter, status));
    }
  }

  private void run(PowerMeter used, Supplier<EngineStatus> status) {
    try (used) {
      while (!Thread.currentThread().isInterrupted()) {
        take(used.read(clock.instant()), status.get());
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes in a reading whose window ends now. What the engine was at both ends, it is taken to
  /// have been throughout.
  synchronized void take(OwnPower reading, EngineStatus status) {
    boolean isSame = status == statusBefore;
    statusBefore = status;
    newest = reading;
    share.power(reading, isSame && status == EngineStatus.ABSENT);
    costs.power(reading, isSame && status == EngineStatus.READY);
  }

  /// What the engine draws by the meter, above what the machine draws without it.
  synchronized OptionalDouble engineWatts() {
    return share.watts(clock.instant());
  }

  /// The newest reading of the whole machine.
  public synchronized OwnPower newest() {
    return newest;
  }

  /// Joules for each token.
  public synchronized EnergyPerToken.Figures perToken() {
    return costs.figures();
  }

  /// A text begins to be computed that is no answer, as for a vector.
  synchronized void begin() {
    costs.begin(clock.instant());
  }

  private synchronized void prefilled() {
    costs.prefilled(clock.instant());
  }

  private synchronized void decoded(int tokens) {
    costs.decoded(tokens);
  }

  private synchronized void prompt(int tokens) {
    costs.prompt(tokens);
  }

  /// A text that is no answer was computed.
  synchronized void end(int tokens) {
    costs.prompt(tokens);
    costs.end(clock.instant(), false);
  }

  private synchronized void end(boolean isPastPrompt) {
    costs.end(clock.instant(), isPastPrompt);
  }

  /// An answer whose phases and tokens are counted.
  Generation counted(Generation generation) {
    return new Counted(generation);
  }

  private final class Counted implements Generation {
    private final Generation generation;
    private boolean isPastPrompt;
    private boolean isOver;

    Counted(Generation generation) {
      this.generation = generation;
      begin();
    }

    @Override
    public Optional<GenerationEvent> next(Duration timeout) throws InterruptedException {
      Optional<GenerationEvent> event = generation.next(timeout);
      event.ifPresent(this::count);
      return event;
    }

    private synchronized void count(GenerationEvent event) {
      if (isOver) {
        return; // the last event comes again and again
      }
      switch (event) {
        case GenerationEvent.Prefilled(int done, int total) -> {
          if (total > 0 && done >= total) {
            pastPrompt();
          }
        }
        case GenerationEvent.Piece piece -> {
          pastPrompt();
          decoded(piece.tokenIds().size());
        }
        case GenerationEvent.Finished finished -> {
          prompt(Math.max(0, finished.promptTokens() - finished.cachedTokens()));
          over();
        }
        case GenerationEvent.Failed _ -> over();
      }
    }

    private void pastPrompt() {
      if (!isPastPrompt) {
        isPastPrompt = true;
        prefilled();
      }
    }

    private synchronized void over() {
      if (!isOver) {
        isOver = true;
        end(isPastPrompt);
      }
    }

    @Override
    public void cancel() {
      generation.cancel();
    }

    @Override
    public void close() {
      over();
      generation.close();
    }
  }

  /// Ends the measuring; a native call that hangs is left behind.
  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      running = thread;
    }
    if (running == null) {
      return;
    }
    running.interrupt();
    try {
      running.join(STOP_MAX);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
