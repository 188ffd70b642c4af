// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;

/// The two models of an evaluation in memory: both at once, or, where they do not fit beside each
/// other, the one that is asked. Used by one thread. Closing it ends both child processes.
final class Seats implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /// Longer than a child process takes to end, by force if it must be.
  private static final Duration GIVEN_UP_MAX = Duration.ofSeconds(20);

  private static final long KIBIBYTES_PER_MEBIBYTE = 1_024;

  private final Engine engine;
  private final Map<Side, ModelSpec> specs;
  private final BooleanSupplier goOn;
  private final Map<Side, LoadedModel> loaded = new EnumMap<>(Side.class);
  private final Set<Side> warm = EnumSet.noneOf(Side.class);
  private final Map<Side, List<Long>> loadMillis = new EnumMap<>(Side.class);
  private final Map<Side, Long> peakMib = new EnumMap<>(Side.class);
  private boolean together;

  /// @param together whether both may be loaded at once
  /// @param goOn once it is false, a load is given up
  Seats(Engine engine, Map<Side, ModelSpec> specs, boolean together, BooleanSupplier goOn) {
    this.engine = engine;
    this.specs = new EnumMap<>(specs);
    this.together = together;
    this.goOn = goOn;
  }

  /// The model, loaded now if it was not; empty when that was given up.
  ///
  /// @throws EngineException when it cannot be loaded, alone either
  Optional<LoadedModel> seat(Side side) throws EngineException, InterruptedException {
    LoadedModel there = loaded.get(side);
    if (there != null && there.alive()) {
      return Optional.of(there);
    }
    unload(side);
    if (!together) {
      unload(side.other());
    }
    try {
      return load(side);
    } catch (EngineException refused) {
      if (!loaded.containsKey(side.other())) {
        throw refused;
      }
      // Perhaps there is less memory than it seemed: from now on one at a time.
      together = false;
      unload(side.other());
      return load(side);
    }
  }

  private Optional<LoadedModel> load(Side side) throws EngineException, InterruptedException {
    ModelSpec spec = specs.get(side);
    if (spec == null) {
      throw new IllegalStateException("No model for " + side);
    }
    long began = System.nanoTime();
    Optional<LoadedModel> model = new Loading(engine, spec).await(goOn);
    model.ifPresent(
        ready -> {
          loaded.put(side, ready);
          loadMillis
              .computeIfAbsent(side, _ -> new ArrayList<>())
              .add((System.nanoTime() - began) / 1_000_000);
        });
    return model;
  }

  /// Whether this model computed something since it was loaded; says so from now on.
  boolean warmUp(Side side) {
    return !warm.add(side);
  }

  /// Looks how much memory the model took at most so far.
  void watch(Side side) {
    LoadedModel model = loaded.get(side);
    OptionalLong pid = model == null ? OptionalLong.empty() : model.childPid();
    if (pid.isEmpty()) {
      return;
    }
    try {
      Files.readAllLines(
              Path.of("/proc", String.valueOf(pid.getAsLong()), "status"),
              StandardCharsets.ISO_8859_1)
          .stream()
          .filter(line -> line.matches("VmHWM:\\s+\\d{1,15} kB"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .forEach(
              kib -> peakMib.merge(side, Math.ceilDiv(kib, KIBIBYTES_PER_MEBIBYTE), Math::max));
    } catch (IOException _) {
      // The process is gone, or this system has no such file: what is known stays.
    }
  }

  /// The most memory that the model's process took; empty when unknown.
  OptionalLong peakMib(Side side) {
    Long peak = peakMib.get(side);
    return peak == null ? OptionalLong.empty() : OptionalLong.of(peak);
  }

  /// The time that loading took, the median of all times.
  long loadMillis(Side side) {
    List<Long> sorted = loadMillis.getOrDefault(side, List.of()).stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get((sorted.size() - 1) / 2);
  }

  /// Whether both may be loaded at once, as far as is known.
  boolean isTogether() {
    return together;
  }

  void unload(Side side) {
    watch(side);
    LoadedModel model = loaded.remove(side);
    warm.remove(side);
    if (model != null) {
      model.close();
    }
  }

  @Override
  public void close() {
    clear();
  }

  /// Ends both child processes; returns when they are gone.
  void clear() {
    for (Side side : Side.values()) {
      unload(side);
    }
  }

  /// One load on a thread of its own, so that it can be given up. Whatever happens, a model that
  /// nobody took is closed.
  private static final class Loading {
    private final Thread thread;
    private @Nullable LoadedModel model;
    private @Nullable EngineException refusal;
    private boolean isGivenUp;

    Loading(Engine engine, ModelSpec spec) {
      thread =
          Thread.ofPlatform().name("evaluation-loader").daemon().start(() -> run(engine, spec));
    }

    private void run(Engine engine, ModelSpec spec) {
      try {
        LoadedModel ready = engine.load(spec, LoadProgress.ignored());
        if (!handOver(ready)) {
          ready.close();
        }
      } catch (EngineException refused) {
        refuse(refused);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }

    private synchronized boolean handOver(LoadedModel ready) {
      if (!isGivenUp) {
        model = ready;
      }
      return !isGivenUp;
    }

    private synchronized void refuse(EngineException refused) {
      refusal = refused;
    }

    Optional<LoadedModel> await(BooleanSupplier goOn) throws EngineException, InterruptedException {
      boolean done = false;
      try {
        while (!done && goOn.getAsBoolean()) {
          done = thread.join(LOOK_EVERY);
        }
      } finally {
        if (!done) {
          giveUp();
        }
      }
      synchronized (this) {
        if (refusal != null && done) {
          throw refusal;
        }
        return Optional.ofNullable(done ? model : null);
      }
    }

    private void giveUp() {
      LoadedModel unwanted;
      synchronized (this) {
        isGivenUp = true;
        unwanted = model;
        model = null;
      }
      thread.interrupt();
      if (unwanted != null) {
        unwanted.close();
      }
      awaitEnd();
    }

    /// Until the child process of the load is gone, also when this thread is to stop.
    private void awaitEnd() {
      long end = System.nanoTime() + GIVEN_UP_MAX.toNanos();
      boolean isInterrupted = Thread.interrupted();
      while (thread.isAlive() && System.nanoTime() - end < 0) {
        try {
          thread.join(LOOK_EVERY);
        } catch (InterruptedException _) {
          isInterrupted = true;
        }
      }
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
