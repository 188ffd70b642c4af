// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.PowerMethod;

/// NVIDIA GPUs by NVML, loaded when it is first asked. Energy counters are preferred; GPUs without
/// them tell the power of about now. After a failure, as when the driver is updated below a running
/// node, the library is initialized again at the earliest a minute later.
final class NvmlProbe implements PowerProbe {
  private static final String LIBRARY = "libnvidia-ml.so.1";
  private static final int GPUS_MAX = 64;
  private static final Duration PAUSE = Duration.ofMinutes(1);

  /// Where the functions come from.
  @FunctionalInterface
  interface Library {
    /// @throws IllegalArgumentException when it is not there
    SymbolLookup open();
  }

  private final Library library;
  private final @Nullable List<String> visible;
  private final NvidiaHardware hardware;
  private @Nullable Nvml nvml;
  private List<MemorySegment> devices = List.of();
  private boolean counts;
  private boolean initialized;
  private @Nullable Instant retryAt;
  private Answer failure = new Answer.Absent();

  NvmlProbe(Library library, @Nullable List<String> visible, NvidiaHardware hardware) {
    this.library = library;
    this.visible = visible;
    this.hardware = hardware;
  }

  /// The library stays loaded as long as the process lives: unloading a driver's library while one
  /// of its threads runs would end the node.
  static NvmlProbe of(Machine machine) {
    return new NvmlProbe(
        () -> SymbolLookup.libraryLookup(LIBRARY, Arena.global()),
        machine.visibleGpus(),
        new NvidiaHardware(machine.root()));
  }

  @Override
  public PowerMethod method() {
    return PowerMethod.NVML;
  }

  @Override
  public Answer ask(Instant now) {
    if (visible != null && visible.isEmpty()) {
      return new Answer.Absent();
    }
    Instant retry = retryAt;
    boolean isSetBack = retry != null && retry.isAfter(now.plus(PAUSE));
    if (retry != null && now.isBefore(retry) && !isSetBack) {
      return failure;
    }
    retryAt = null;
    try {
      Nvml ready = initialized && nvml != null ? nvml : begin();
      return counts ? energy(ready) : power(ready);
    } catch (Nvml.Failed failed) {
      return failed(now, String.valueOf(failed.getMessage()));
    } catch (RuntimeException | LinkageError notThere) {
      return failed(now, "NVML cannot be loaded");
    }
  }

  private Nvml begin() throws Nvml.Failed {
    Nvml ready = nvml != null ? nvml : new Nvml(library.open());
    nvml = ready;
    ready.init();
    initialized = true;
    List<MemorySegment> found = new ArrayList<>();
    if (visible != null) {
      for (String gpu : visible) {
        found.add(ready.device(gpu));
      }
    } else {
      int count = Math.clamp(ready.deviceCount(), 0, GPUS_MAX);
      for (int i = 0; i < count; i++) {
        found.add(ready.device(Integer.toString(i)));
      }
    }
    if (found.isEmpty()) {
      throw new Nvml.Failed("NVML shows no GPU");
    }
    devices = List.copyOf(found);
    counts = true;
    for (MemorySegment device : devices) {
      counts &= ready.totalEnergyMillijoules(device).isPresent();
    }
    return ready;
  }

  private Answer energy(Nvml ready) throws Nvml.Failed {
    double joules = 0;
    for (MemorySegment device : devices) {
      OptionalLong millijoules = ready.totalEnergyMillijoules(device);
      if (millijoules.isEmpty()) {
        throw new Nvml.Failed("a GPU no longer tells its energy");
      }
      joules += millijoules.getAsLong() / 1e3;
    }
    return new Answer.Joules(joules);
  }

  private Answer power(Nvml ready) throws Nvml.Failed {
    double watts = 0;
    for (MemorySegment device : devices) {
      watts += ready.powerMilliwatts(device) / 1e3;
    }
    return new Answer.Power(watts);
  }

  private Answer failed(Instant now, String why) {
    close();
    retryAt = now.plus(PAUSE);
    failure = hardware.isThere() ? new Answer.Silent(why) : new Answer.Absent();
    return failure;
  }

  @Override
  public void close() {
    if (initialized && nvml != null) {
      initialized = false;
      try {
        nvml.shutdown();
      } catch (Nvml.Failed alreadyGone) {
        devices = List.of();
      }
    }
  }
}
