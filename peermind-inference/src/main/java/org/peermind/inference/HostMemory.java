// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// The machine's memory in bytes: what a new program can have without swapping, and all of it.
/// Empty when the system does not say. The engine's own figure for the processor is never used: it
/// calls all memory free (inference facts, section A).
public record HostMemory(OptionalLong availableBytes, OptionalLong totalBytes) {
  private static final long KIBIBYTE = 1024;

  /// Reads it from Linux, with the limit of the control group that this process is in.
  public static HostMemory read() {
    return read(Path.of("/proc/meminfo"), Path.of("/sys/fs/cgroup"));
  }

  static HostMemory read(Path memoryInfo, Path controlGroup) {
    OptionalLong available = OptionalLong.empty();
    OptionalLong total = OptionalLong.empty();
    try {
      for (String line : Files.readAllLines(memoryInfo, StandardCharsets.US_ASCII)) {
        if (line.startsWith("MemAvailable:")) {
          available = kibibytes(line);
        } else if (line.startsWith("MemTotal:")) {
          total = kibibytes(line);
        }
      }
    } catch (IOException _) {
      return new HostMemory(OptionalLong.empty(), OptionalLong.empty());
    }
    OptionalLong limit = number(controlGroup.resolve("memory.max"));
    OptionalLong used = number(controlGroup.resolve("memory.current"));
    if (limit.isPresent() && used.isPresent()) {
      long left = Math.max(0, limit.getAsLong() - used.getAsLong() + reclaimable(controlGroup));
      available = least(available, left);
      total = least(total, limit.getAsLong());
    }
    return new HostMemory(available, total);
  }

  private static OptionalLong least(OptionalLong one, long other) {
    return OptionalLong.of(one.isPresent() ? Math.min(one.getAsLong(), other) : other);
  }

  private static OptionalLong kibibytes(String line) {
    String digits = line.replaceAll("\\D", "");
    return digits.isEmpty() || digits.length() > 15
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(digits) * KIBIBYTE);
  }

  /// The pages of files that the kernel takes back when programs need them.
  private static long reclaimable(Path controlGroup) {
    try {
      return Files.readAllLines(controlGroup.resolve("memory.stat"), StandardCharsets.US_ASCII)
          .stream()
          .filter(line -> line.matches("inactive_file \\d{1,18}"))
          .mapToLong(line -> Long.parseLong(line.substring("inactive_file ".length())))
          .findFirst()
          .orElse(0);
    } catch (IOException _) {
      return 0;
    }
  }

  private static OptionalLong number(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
      return text.matches("\\d{1,18}")
          ? OptionalLong.of(Long.parseLong(text))
          : OptionalLong.empty();
    } catch (IOException _) {
      return OptionalLong.empty();
    }
  }
}
