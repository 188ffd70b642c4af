// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyPerToken;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NetworkName;

/// Counts how each model of this inferer does, from one [#take] to the next: figures only, nothing
/// of any question or answer. Bounded; safe for several threads.
///
/// An answer counts as ended well when the model ended it or it reached its limit, and as failed
/// when the engine or the model is to blame ([FailureKind#CRASHED]). What its asker cancelled, what
/// had no power, and what no model could have answered counts as neither.
public final class ModelHealthMeter {
  private static final int MODELS_MAX = 8;
  private static final int COUNT_MAX = 1_000_000;

  /// Of the last answers, when a window has more.
  private static final int SAMPLES_MAX = 1_000;

  private static final double MICRO_WH_PER_JOULE = 1e6 / 3_600;

  private final InstantSource clock;
  private final Supplier<EnergyPerToken.Figures> energy;

  /// The least recently used first.
  private final Map<ModelHash, Tally> tallies = new LinkedHashMap<>(16, 0.75f, true);

  /// @param energy what tokens of all models have cost so far
  ModelHealthMeter(InstantSource clock, Supplier<EnergyPerToken.Figures> energy) {
    this.clock = clock;
    this.energy = energy;
  }

  /// What was counted of one model since it was taken last.
  private static final class Tally {
    private int answers;
    private int failures;
    private int crashes;
    private int running;
    private final List<Long> ttftMillis = new ArrayList<>();
    private int nextSample;
    private EnergyPerToken.Figures energyBefore;

    /// Whether another model answered too, so that it is not known whose the energy is.
    private boolean mixed;

    Tally(EnergyPerToken.Figures now, boolean mixed) {
      energyBefore = now;
      this.mixed = mixed;
    }

    void firstToken(long millis) {
      if (ttftMillis.size() < SAMPLES_MAX) {
        ttftMillis.add(millis);
      } else {
        ttftMillis.set(nextSample, millis);
        nextSample = (nextSample + 1) % SAMPLES_MAX;
      }
    }

    /// The nearest rank.
    OptionalLong ttftP95() {
      if (ttftMillis.isEmpty()) {
        return OptionalLong.empty();
      }
      List<Long> sorted = ttftMillis.stream().sorted().toList();
      return OptionalLong.of(sorted.get((95 * sorted.size() + 99) / 100 - 1));
    }

    /// Of the generated tokens, with what the machine draws anyway.
    OptionalLong microWhPer1kTokens(EnergyPerToken.Figures now) {
      double tokens = now.decode().tokens() - energyBefore.decode().tokens();
      double joules = joules(now) - joules(energyBefore);
      boolean faded = now.window().compareTo(energyBefore.window()) < 0;
      return mixed || faded || !(tokens > 0) || !(joules >= 0)
          ? OptionalLong.empty()
          : OptionalLong.of(Math.round(1_000 * joules / tokens * MICRO_WH_PER_JOULE));
    }

    private static double joules(EnergyPerToken.Figures figures) {
      return figures.decode().gross().orElse(0) * figures.decode().tokens();
    }

    void restart(EnergyPerToken.Figures now, boolean othersRun) {
      answers = 0;
      failures = 0;
      crashes = 0;
      ttftMillis.clear();
      nextSample = 0;
      energyBefore = now;
      mixed = othersRun;
    }
  }

  /// What was counted of a model since it was taken last, as a record to be signed; counting begins
  /// anew.
  ///
  /// @param from when it was taken last, or the model's first answer began
  /// @param window since then
  public synchronized ModelHealth take(
      NetworkName network,
      ModelHash model,
      Instant from,
      Duration window,
      int canaries,
      int canariesRight) {
    EnergyPerToken.Figures now = energy.get();
    Tally tally = tally(model);
    ModelHealth health =
        new ModelHealth(
            network,
            model,
            from,
            window,
            tally.answers,
            tally.failures,
            tally.ttftP95(),
            tally.microWhPer1kTokens(now),
            canaries,
            canariesRight,
            tally.crashes);
    tally.restart(now, isAnyRunning(tally));
    return health;
  }

  /// The model took the engine's process down.
  synchronized void crashed(ModelHash model) {
    Tally tally = tally(model);
    tally.crashes = plusOne(tally.crashes);
  }

  /// An answer of a model, which is counted.
  Generation counted(ModelHash model, Generation generation) {
    synchronized (this) {
      Tally tally = tally(model);
      tally.running++;
      tallies.values().stream()
          .filter(other -> other != tally)
          .forEach(other -> other.mixed = true);
      tally.mixed |= isAnyRunning(tally);
      return new Counted(tally, generation, clock.instant());
    }
  }

  private boolean isAnyRunning(@Nullable Tally except) {
    return tallies.values().stream().anyMatch(other -> other != except && other.running > 0);
  }

  private Tally tally(ModelHash model) {
    Tally known = tallies.get(model);
    if (known != null) {
      return known;
    }
    if (tallies.size() >= MODELS_MAX) {
      tallies.remove(tallies.keySet().iterator().next());
    }
    Tally fresh = new Tally(energy.get(), isAnyRunning(null));
    tallies.put(model, fresh);
    return fresh;
  }

  private static int plusOne(int count) {
    return Math.min(COUNT_MAX, count + 1);
  }

  private synchronized void firstToken(Tally tally, Instant begun) {
    tally.firstToken(Math.max(0, Duration.between(begun, clock.instant()).toMillis()));
  }

  private synchronized void answered(Tally tally) {
    tally.answers = plusOne(tally.answers);
  }

  private synchronized void failed(Tally tally) {
    tally.failures = plusOne(tally.failures);
  }

  private synchronized void over(Tally tally) {
    tally.running--;
  }

  private final class Counted implements Generation {
    private final Tally tally;
    private final Generation generation;
    private final Instant begun;
    private boolean hasTokens;
    private boolean isOver;

    Counted(Tally tally, Generation generation, Instant begun) {
      this.tally = tally;
      this.generation = generation;
      this.begun = begun;
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
        case GenerationEvent.Prefilled _ -> {}
        case GenerationEvent.Piece _ -> {
          if (!hasTokens) {
            hasTokens = true;
            firstToken(tally, begun);
          }
        }
        case GenerationEvent.Finished finished -> {
          if (finished.reason() != GenerationEvent.FinishReason.CANCELLED) {
            answered(tally);
          }
          end();
        }
        case GenerationEvent.Failed(FailureKind kind, String _) -> {
          if (isFault(kind)) {
            failed(tally);
          }
          end();
        }
      }
    }

    private synchronized void end() {
      if (!isOver) {
        isOver = true;
        over(tally);
      }
    }

    @Override
    public void cancel() {
      generation.cancel();
    }

    @Override
    public void close() {
      end();
      generation.close();
    }
  }

  /// Whether the engine or the model is to blame.
  private static boolean isFault(FailureKind kind) {
    return switch (kind) {
      case CRASHED -> true;
      case CONTEXT_TOO_LONG, BAD_REQUEST, BUSY, UNLOADED, DEADLINE, PREEMPTED -> false;
    };
  }
}
