// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.peermind.inference.EngineException;

/// What an opened native library exports, and the few shapes of call that need no handle kept:
/// those made while opening and loading only.
final class NativeSymbols {
  static final Linker LINKER = Linker.nativeLinker();

  private final Path file;
  private final SymbolLookup lookup;

  private NativeSymbols(Path file, SymbolLookup lookup) {
    this.file = file;
    this.lookup = lookup;
  }

  /// Opens the library and those that it needs. They stay open until the process ends.
  ///
  /// @throws EngineException with the dynamic linker's reason when it cannot be opened
  static NativeSymbols open(Path file) throws EngineException {
    try {
      return new NativeSymbols(file, SymbolLookup.libraryLookup(file, Arena.global()));
    } catch (IllegalArgumentException e) {
      throw new EngineException(SystemLibraries.whyNotOpened(file), e);
    }
  }

  Optional<MemorySegment> find(String name) {
    return lookup.find(name);
  }

  MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments)
      throws EngineException {
    return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments));
  }

  MethodHandle procedure(String name, MemoryLayout... arguments) throws EngineException {
    return LINKER.downcallHandle(symbol(name), FunctionDescriptor.ofVoid(arguments));
  }

  /// A procedure without arguments.
  void call(String name) throws EngineException {
    MethodHandle handle = procedure(name);
    try {
      handle.invokeExact();
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of one pointer that returns a number.
  long number(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, JAVA_LONG, ADDRESS);
    try {
      return (long) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of one pointer that returns a 32-bit number.
  int smallNumber(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, JAVA_INT, ADDRESS);
    try {
      return (int) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of one pointer that returns a truth value.
  boolean truth(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, JAVA_BOOLEAN, ADDRESS);
    try {
      return (boolean) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of one pointer that returns a pointer.
  MemorySegment pointer(String name, MemorySegment argument) throws EngineException {
    MethodHandle handle = function(name, ADDRESS, ADDRESS);
    try {
      return (MemorySegment) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function of a number that returns a pointer.
  MemorySegment pointer(String name, long argument) throws EngineException {
    MethodHandle handle = function(name, ADDRESS, JAVA_LONG);
    try {
      return (MemorySegment) handle.invokeExact(argument);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function without arguments that returns a text.
  MemorySegment text(String name) throws EngineException {
    MethodHandle handle = function(name, ADDRESS);
    try {
      return (MemorySegment) handle.invokeExact();
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// A function without arguments that returns a number of type `size_t`.
  long count(String name) throws EngineException {
    MethodHandle handle = function(name, JAVA_LONG);
    try {
      return (long) handle.invokeExact();
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  private MemorySegment symbol(String name) throws EngineException {
    return find(name)
        .orElseThrow(
            () ->
                new EngineException(
                    "The engine library %s has no function %s, so it is none that this program knows."
                        .formatted(file, name)));
  }

  /// Handles declare `Throwable`; a downcall itself throws only errors of this program.
  static IllegalStateException broken(Throwable cause) {
    return new IllegalStateException("A call into the engine library failed", cause);
  }
}
