// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/// Questions to the system's dynamic linker and kernel that the JDK does not answer.
public final class SystemLibraries {
  private static final int RTLD_LAZY = 1;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int MESSAGE_BYTES_MAX = 4096;
  private static final String OPENMP = "libgomp.so.1";

  private SystemLibraries() {}

  /// What keeps the OpenMP library from loading, as a sentence, or empty when it loads.
  public static Optional<String> missingOpenMp() {
    return missingOpenMp(OPENMP);
  }

  /// The same of an OpenMP library of another name.
  static Optional<String> missingOpenMp(String library) {
    return openError(library)
        .map(
            reason ->
                "The engine needs %s, which this system lacks (%s); install the package libgomp1"
                        .formatted(library, reason)
                    + " (Debian, Ubuntu) or libgomp (Fedora).");
  }

  /// Why the linker refuses `library`, as a sentence. The JDK says only that it cannot.
  static String whyNotOpened(Path library) {
    String reason = openError(library.toString()).orElse("the reason is unknown");
    Optional<String> openMp = reason.contains(OPENMP) ? missingOpenMp() : Optional.empty();
    return openMp.orElse("The engine library %s cannot be loaded: %s.".formatted(library, reason));
  }

  /// Forbids memory dumps of this process, by signal or debugger: they would hold prompts. Returns
  /// whether the kernel agreed.
  public static boolean forbidMemoryDumps() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> symbol = linker.defaultLookup().find("prctl");
    if (symbol.isEmpty()) {
      return false;
    }
    MethodHandle prctl =
        linker.downcallHandle(
            symbol.get(),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    try {
      return (int) prctl.invokeExact(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("prctl cannot be called", e);
    }
  }

  /// What the linker says against a library, or empty when it loads.
  static Optional<String> openError(String library) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> open = linker.defaultLookup().find("dlopen");
    Optional<MemorySegment> error = linker.defaultLookup().find("dlerror");
    if (open.isEmpty() || error.isEmpty()) {
      return Optional.of("the system has no dlopen");
    }
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle dlopen =
          linker.downcallHandle(open.get(), FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
      MethodHandle dlerror = linker.downcallHandle(error.get(), FunctionDescriptor.of(ADDRESS));
      MemorySegment handle =
          (MemorySegment) dlopen.invokeExact(arena.allocateFrom(library), RTLD_LAZY);
      if (handle.address() != 0) {
        return Optional.empty();
      }
      MemorySegment message = (MemorySegment) dlerror.invokeExact();
      return Optional.of(
          message.address() == 0
              ? "no reason given"
              : message.reinterpret(MESSAGE_BYTES_MAX).getString(0));
    } catch (Throwable e) {
      throw new IllegalStateException("dlopen cannot be called", e);
    }
  }
}
