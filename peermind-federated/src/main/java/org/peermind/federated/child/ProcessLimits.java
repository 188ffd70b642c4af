// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// What this process asks of the kernel for itself. A system without these calls grants nothing.
final class ProcessLimits {
  private static final int PR_SET_DUMPABLE = 4;
  private static final int NICENESS = 10;

  private ProcessLimits() {}

  /// Forbids memory dumps of this process, by signal or debugger: they would hold training texts.
  /// Returns whether the kernel agreed.
  static boolean forbidMemoryDumps() {
    Optional<MethodHandle> prctl =
        function(
            "prctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    if (prctl.isEmpty()) {
      return false;
    }
    try {
      return (int) prctl.get().invokeExact(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("prctl cannot be called", e);
    }
  }

  /// Lets everything else on the machine go first. It holds for the calling thread and, on Linux,
  /// for the threads that it and they start.
  static void yieldToOthers() {
    Optional<MethodHandle> nice = function("nice", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    if (nice.isEmpty()) {
      return;
    }
    try {
      int _ = (int) nice.get().invokeExact(NICENESS);
    } catch (Throwable e) {
      throw new IllegalStateException("nice cannot be called", e);
    }
  }

  private static Optional<MethodHandle> function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> symbol = linker.defaultLookup().find(name);
    return symbol.map(found -> linker.downcallHandle(found, descriptor, options));
  }
}
