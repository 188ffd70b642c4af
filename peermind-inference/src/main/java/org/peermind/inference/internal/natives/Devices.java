// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.peermind.inference.EngineDevice;
import org.peermind.inference.EngineException;
import org.peermind.inference.HostMemory;
import org.peermind.inference.NativeVariant;

/// What the opened library computes on.
final class Devices {
  private static final int TEXT_BYTES_MAX = 256;
  private static final int DEVICES_MAX = 64;

  private Devices() {}

  /// All devices with their memory.
  ///
  /// @throws EngineException when there is none
  static List<EngineDevice> of(LlamaLibrary library) throws EngineException {
    NativeSymbols symbols = library.symbols();
    long count = symbols.count("ggml_backend_dev_count");
    if (count < 1 || count > DEVICES_MAX) {
      throw new EngineException("The engine finds no device to compute on.");
    }
    List<EngineDevice> devices = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      MemorySegment device = symbols.pointer("ggml_backend_dev_get", i);
      int type = symbols.smallNumber("ggml_backend_dev_type", device);
      Optional<EngineDevice.Kind> kind = kind(library.profile(), type);
      if (kind.isPresent()) {
        devices.add(device(symbols, device, kind.get()));
      }
    }
    return devices;
  }

  /// `enum ggml_backend_dev_type`; the integrated kind came between the builds.
  private static Optional<EngineDevice.Kind> kind(AbiProfile profile, int type) {
    if (type == 2 && profile.equals(AbiProfile.B4916)) {
      return Optional.of(EngineDevice.Kind.ACCELERATOR);
    }
    EngineDevice.Kind[] kinds = EngineDevice.Kind.values();
    return type >= 0 && type < kinds.length ? Optional.of(kinds[type]) : Optional.empty();
  }

  private static EngineDevice device(
      NativeSymbols symbols, MemorySegment device, EngineDevice.Kind kind) throws EngineException {
    String name = text(symbols.pointer("ggml_backend_dev_name", device));
    String description = text(symbols.pointer("ggml_backend_dev_description", device));
    if (kind == EngineDevice.Kind.CPU || kind == EngineDevice.Kind.ACCELERATOR) {
      HostMemory memory = HostMemory.read();
      return new EngineDevice(
          name, description, kind, memory.availableBytes(), memory.totalBytes());
    }
    MethodHandle handle = symbols.procedure("ggml_backend_dev_memory", ADDRESS, ADDRESS, ADDRESS);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment free = scratch.allocate(JAVA_LONG);
      MemorySegment total = scratch.allocate(JAVA_LONG);
      handle.invokeExact(device, free, total);
      boolean known = total.get(JAVA_LONG, 0) > 0;
      return new EngineDevice(
          name,
          description,
          kind,
          known ? OptionalLong.of(free.get(JAVA_LONG, 0)) : OptionalLong.empty(),
          known ? OptionalLong.of(total.get(JAVA_LONG, 0)) : OptionalLong.empty());
    } catch (Throwable e) {
      throw NativeSymbols.broken(e);
    }
  }

  /// What keeps the graphics libraries in `backends` from being used, a sentence each. The engine
  /// leaves out in silence what the system cannot load, and would compute on the processor.
  static List<String> notices(Path backends, List<EngineDevice> devices) {
    List<String> notices = new ArrayList<>();
    boolean card =
        devices.stream()
            .anyMatch(
                device ->
                    device.kind() == EngineDevice.Kind.GPU
                        || device.kind() == EngineDevice.Kind.INTEGRATED_GPU);
    for (NativeVariant variant : NativeVariant.values()) {
      Path library = backends.resolve(variant.gpuLibrary());
      if (!card && !variant.gpuLibrary().isEmpty() && Files.isRegularFile(library)) {
        notices.add(
            SystemLibraries.openError(library.toString())
                .map(
                    reason ->
                        "The engine computes on the processor only, because %s cannot be loaded: %s; install what is missing, or run `peermind engine install --variant cpu`."
                            .formatted(variant.gpuLibrary(), reason))
                .orElse(
                    "The engine computes on the processor only, because %s finds no graphics card; check its driver, or run `peermind engine install --variant cpu`."
                        .formatted(variant.gpuLibrary())));
      }
    }
    return notices;
  }

  private static String text(MemorySegment pointer) {
    return pointer.address() == 0 ? "" : pointer.reinterpret(TEXT_BYTES_MAX).getString(0);
  }
}
