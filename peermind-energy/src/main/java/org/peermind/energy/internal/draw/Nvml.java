// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.OptionalLong;

/// The few functions of NVIDIA's management library (NVML) that tell energy. All return 0 when they
/// succeed.
final class Nvml {
  /// A function failed; the message is one clause for the owner.
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1;

    Failed(String message) {
      super(message);
    }
  }

  private final MethodHandle init;
  private final MethodHandle shutdown;
  private final MethodHandle count;
  private final MethodHandle byIndex;
  private final MethodHandle byUuid;
  private final MethodHandle totalEnergy;
  private final MethodHandle powerUsage;

  /// @throws Failed when a function is not in the library
  Nvml(SymbolLookup library) throws Failed {
    this.init = function(library, "nvmlInit_v2");
    this.shutdown = function(library, "nvmlShutdown");
    this.count = function(library, "nvmlDeviceGetCount_v2", ADDRESS);
    this.byIndex = function(library, "nvmlDeviceGetHandleByIndex_v2", JAVA_INT, ADDRESS);
    this.byUuid = function(library, "nvmlDeviceGetHandleByUUID", ADDRESS, ADDRESS);
    this.totalEnergy = function(library, "nvmlDeviceGetTotalEnergyConsumption", ADDRESS, ADDRESS);
    this.powerUsage = function(library, "nvmlDeviceGetPowerUsage", ADDRESS, ADDRESS);
  }

  private static MethodHandle function(
      SymbolLookup library, String name, MemoryLayout... parameters) throws Failed {
    MemorySegment address =
        library.find(name).orElseThrow(() -> new Failed("NVML has no function " + name));
    return Linker.nativeLinker()
        .downcallHandle(address, FunctionDescriptor.of(JAVA_INT, parameters));
  }

  void init() throws Failed {
    check("nvmlInit", call(init));
  }

  void shutdown() throws Failed {
    check("nvmlShutdown", call(shutdown));
  }

  int deviceCount() throws Failed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_INT);
      check("nvmlDeviceGetCount", call(count, out));
      return out.get(JAVA_INT, 0);
    }
  }

  /// @param gpu an index in decimal or a full UUID
  MemorySegment device(String gpu) throws Failed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      boolean isIndex = Character.isDigit(gpu.charAt(0));
      int result =
          isIndex
              ? call(byIndex, Integer.parseInt(gpu), out)
              : call(byUuid, arena.allocateFrom(gpu), out);
      check("nvmlDeviceGetHandle", result);
      return out.get(ADDRESS, 0);
    }
  }

  /// Energy since the driver was loaded, in millijoules; empty for GPUs older than Volta.
  OptionalLong totalEnergyMillijoules(MemorySegment device) throws Failed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      return call(totalEnergy, device, out) == 0
          ? OptionalLong.of(out.get(JAVA_LONG, 0))
          : OptionalLong.empty();
    }
  }

  /// The power of about now in milliwatts.
  long powerMilliwatts(MemorySegment device) throws Failed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_INT);
      check("nvmlDeviceGetPowerUsage", call(powerUsage, device, out));
      return Integer.toUnsignedLong(out.get(JAVA_INT, 0));
    }
  }

  private static void check(String function, int result) throws Failed {
    if (result != 0) {
      throw new Failed("NVML's " + function + " failed with code " + result);
    }
  }

  private static int call(MethodHandle function, Object... arguments) throws Failed {
    try {
      return (int) function.invokeWithArguments(arguments);
    } catch (Throwable broken) {
      if (broken instanceof VirtualMachineError grave) {
        throw grave;
      }
      throw new Failed("NVML cannot be called (" + broken.getClass().getSimpleName() + ")");
    }
  }
}
