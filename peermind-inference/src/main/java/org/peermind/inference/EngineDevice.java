// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Locale;
import java.util.OptionalLong;

/// Something that computes: `name` as the engine calls it, `description` for a person, and its
/// memory in bytes. Memory that a driver cannot tell is empty, never zero.
public record EngineDevice(
    String name, String description, Kind kind, OptionalLong freeBytes, OptionalLong totalBytes) {
  /// What kind of device it is, in llama.cpp's order of numbers.
  public enum Kind {
    /// The processor, with the machine's memory.
    CPU,
    /// A graphics card with memory of its own.
    GPU,
    /// A graphics unit that shares the machine's memory.
    INTEGRATED_GPU,
    /// Helps the processor and holds no layers.
    ACCELERATOR
  }

  /// The device and its memory in one line.
  public String text() {
    return "%s %s (%s free of %s)"
        .formatted(
            kind == Kind.CPU ? "CPU" : name,
            description,
            gibibytes(freeBytes),
            gibibytes(totalBytes));
  }

  private static String gibibytes(OptionalLong bytes) {
    return bytes.isPresent()
        ? String.format(Locale.ROOT, "%.1f GiB", bytes.getAsLong() / (double) (1L << 30))
        : "unknown";
  }
}
