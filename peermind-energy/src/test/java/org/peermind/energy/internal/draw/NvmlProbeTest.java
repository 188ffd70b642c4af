// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.internal.draw.PowerProbe.Answer;

/// The real foreign calls, into a library whose functions are written in Java.
class NvmlProbeTest {
  private static final Instant START = Instant.parse("2026-06-01T10:00:00Z");

  private final TwoGpus gpus = new TwoGpus();
  @TempDir Path root;

  @Test
  void addsTheEnergyOfAllGpus() {
    gpus.millijoules = 1_500;
    assertThat(probe(null).ask(START)).isEqualTo(new Answer.Joules(3.0));
    assertThat(gpus.inits).isEqualTo(1);
  }

  @Test
  void asksOnlyForTheGpuOfTheEngine_byItsUuid() {
    gpus.millijoules = 1_500;
    assertThat(probe(List.of("GPU-7")).ask(START)).isEqualTo(new Answer.Joules(1.5));
  }

  @Test
  void fallsBackToPower_whenAGpuHasNoCounter() {
    gpus.millijoules = -1;
    assertThat(probe(null).ask(START)).isEqualTo(new Answer.Power(250.0));
  }

  @Test
  void triesAgainAfterAMinute_whenTheDriverIsLost() throws Exception {
    Files.createDirectories(root.resolve("dev/nvidia0"));
    gpus.millijoules = 2_000;
    NvmlProbe probe = probe(null);
    var _ = probe.ask(START);
    gpus.millijoules = -1;
    assertThat(probe.ask(START.plusSeconds(1)))
        .isEqualTo(new Answer.Silent("a GPU no longer tells its energy"));
    gpus.millijoules = 3_000;
    assertThat(probe.ask(START.plusSeconds(30))).isInstanceOf(Answer.Silent.class);
    assertThat(probe.ask(START.plusSeconds(62))).isEqualTo(new Answer.Joules(6.0));
    assertThat(gpus.inits).isEqualTo(2);
    assertThat(gpus.shutdowns).isEqualTo(1);
  }

  @Test
  void isAbsent_whenThereIsNoLibrary() {
    NvmlProbe probe =
        new NvmlProbe(
            () -> {
              throw new IllegalArgumentException("no such library");
            },
            null,
            new NvidiaHardware(root));
    assertThat(probe.ask(START)).isEqualTo(new Answer.Absent());
  }

  @Test
  void isAbsent_whenTheLibraryLacksAFunction() {
    NvmlProbe probe = new NvmlProbe(() -> _ -> Optional.empty(), null, new NvidiaHardware(root));
    assertThat(probe.ask(START)).isEqualTo(new Answer.Absent());
  }

  private NvmlProbe probe(@Nullable List<String> visible) {
    return new NvmlProbe(gpus::library, visible, new NvidiaHardware(root));
  }

  /// A library with two GPUs. Its functions are called from native code.
  @SuppressWarnings("UnusedMethod") // called by name, through a pointer
  static final class TwoGpus {
    private static final int NOT_SUPPORTED = 3;

    private int inits;
    private int shutdowns;

    /// Negative when the counter is not supported.
    private long millijoules;

    int nvmlInit_v2() {
      inits++;
      return 0;
    }

    int nvmlShutdown() {
      shutdowns++;
      return 0;
    }

    int nvmlDeviceGetCount_v2(MemorySegment out) {
      out.reinterpret(JAVA_INT.byteSize()).set(JAVA_INT, 0, 2);
      return 0;
    }

    int nvmlDeviceGetHandleByIndex_v2(int index, MemorySegment out) {
      out.reinterpret(ADDRESS.byteSize()).set(ADDRESS, 0, MemorySegment.ofAddress(16L + index));
      return 0;
    }

    int nvmlDeviceGetHandleByUUID(MemorySegment uuid, MemorySegment out) {
      boolean isKnown = uuid.reinterpret(64).getString(0).equals("GPU-7");
      out.reinterpret(ADDRESS.byteSize()).set(ADDRESS, 0, MemorySegment.ofAddress(16));
      return isKnown ? 0 : NOT_SUPPORTED;
    }

    int nvmlDeviceGetTotalEnergyConsumption(MemorySegment device, MemorySegment out) {
      if (millijoules < 0) {
        return NOT_SUPPORTED;
      }
      out.reinterpret(JAVA_LONG.byteSize()).set(JAVA_LONG, 0, millijoules);
      return 0;
    }

    int nvmlDeviceGetPowerUsage(MemorySegment device, MemorySegment out) {
      int milliwatts = device.address() == 16 ? 100_000 : 150_000;
      out.reinterpret(JAVA_INT.byteSize()).set(JAVA_INT, 0, milliwatts);
      return 0;
    }

    SymbolLookup library() {
      return name ->
          switch (name) {
            case "nvmlInit_v2", "nvmlShutdown" -> Optional.of(stub(name));
            case "nvmlDeviceGetCount_v2" -> Optional.of(stub(name, MemorySegment.class));
            case "nvmlDeviceGetHandleByIndex_v2" ->
                Optional.of(stub(name, int.class, MemorySegment.class));
            default -> Optional.of(stub(name, MemorySegment.class, MemorySegment.class));
          };
    }

    private MemorySegment stub(String name, Class<?>... parameters) {
      try {
        var method =
            MethodHandles.lookup().bind(this, name, MethodType.methodType(int.class, parameters));
        var layouts =
            java.util.Arrays.stream(parameters)
                .map(type -> type == int.class ? JAVA_INT : ADDRESS)
                .toArray(java.lang.foreign.MemoryLayout[]::new);
        return Linker.nativeLinker()
            .upcallStub(method, FunctionDescriptor.of(JAVA_INT, layouts), Arena.ofAuto());
      } catch (ReflectiveOperationException impossible) {
        throw new LinkageError(name, impossible);
      }
    }
  }
}
