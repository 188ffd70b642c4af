// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.inference.internal.natives.BundledLibrary;
import org.peermind.inference.internal.natives.SystemLibraries;

/// Looks, without loading the engine, for what would keep it from working on this machine.
public final class EnginePreflight {
  /// The bundled library was compiled for these and dies by an illegal instruction without them.
  private static final Set<String> FLAGS_NEEDED =
      new TreeSet<>(Set.of("avx2", "fma", "f16c", "bmi2"));

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private EnginePreflight() {}

  /// The problems, one sentence each; none means that the engine should start.
  public static List<String> check() {
    List<String> problems = new ArrayList<>();
    BundledLibrary.unsupportedPlatform().ifPresent(problems::add);
    if (!problems.isEmpty()) {
      return problems;
    }
    try {
      problems.addAll(processorProblems(Files.readString(CPU_INFO, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      problems.add("The processor's abilities cannot be read from /proc/cpuinfo.");
    }
    SystemLibraries.missingOpenMp().ifPresent(problems::add);
    return List.copyOf(problems);
  }

  /// What the text of `/proc/cpuinfo` says is missing.
  static List<String> processorProblems(String cpuInfo) {
    Set<String> missing = new TreeSet<>(FLAGS_NEEDED);
    cpuInfo
        .lines()
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .ifPresent(line -> missing.removeAll(new HashSet<>(Arrays.asList(line.split("\\s+", -1)))));
    return missing.isEmpty()
        ? List.of()
        : List.of(
            "The processor lacks %s, which the bundled engine was compiled for (Intel Haswell or AMD Zen"
                    .formatted(String.join(", ", missing))
                + " and newer have them).");
  }
}
