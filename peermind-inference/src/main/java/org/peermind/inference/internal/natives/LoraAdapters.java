// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.peermind.inference.internal.natives.NativeSymbols.broken;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.peermind.inference.EngineException;

/// The LoRA adapter of one context: at most one is in memory, but for the moment in which another
/// takes its place. It belongs to the thread that owns the model.
final class LoraAdapters implements AutoCloseable {
  private static final float OFF = 0;

  private final LlamaLibrary library;
  private final MemorySegment model;
  private final MemorySegment context;
  private final MethodHandle init;
  private final MethodHandle free;
  private final MethodHandle set;
  private final MethodHandle clear;
  private MemorySegment current = MemorySegment.NULL;

  LoraAdapters(LlamaLibrary library, MemorySegment model, MemorySegment context)
      throws EngineException {
    this.library = library;
    this.model = model;
    this.context = context;
    NativeSymbols symbols = library.symbols();
    init = symbols.function("llama_adapter_lora_init", ADDRESS, ADDRESS, ADDRESS);
    free = symbols.procedure("llama_adapter_lora_free", ADDRESS);
    if (library.profile().adaptersTogether()) {
      set =
          symbols.function(
              "llama_set_adapters_lora", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
      clear = set;
    } else {
      set = symbols.function("llama_set_adapter_lora", JAVA_INT, ADDRESS, ADDRESS, JAVA_FLOAT);
      clear = symbols.procedure("llama_clear_adapter_lora", ADDRESS);
    }
  }

  /// Puts the adapter of a file, which was checked already, in the place of the present one. The
  /// new one is in memory before the old one goes, so nothing is lost when it fails; and so that
  /// the two have different addresses, by which the library tells whether it must plan anew.
  ///
  /// @throws EngineException when the library refuses the file; everything is as it was then
  void use(Path file, float scale) throws EngineException {
    MemorySegment next = load(file);
    MemorySegment before = current;
    clear();
    current = next;
    if (scale != OFF && !set(next, scale)) {
      // No known build refuses an adapter that it loaded.
      remove();
      free(before);
      throw new EngineException(
          "The engine's llama.cpp (%s) does not apply the adapter file %s; load the model again."
              .formatted(library.profile().name(), file));
    }
    free(before);
  }

  /// Computes without an adapter.
  void remove() {
    clear();
    free(current);
    current = MemorySegment.NULL;
  }

  private MemorySegment load(Path file) throws EngineException {
    String path = LlamaLibrary.checked(file);
    library.log().listen();
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment loaded = (MemorySegment) init.invokeExact(model, scratch.allocateFrom(path));
      if (loaded.address() == 0) {
        throw new EngineException(
            "The engine's llama.cpp (%s) cannot use the adapter file %s with this model (%s)."
                .formatted(
                    library.profile().name(),
                    file,
                    library.log().complaint().orElse("the engine gives no reason")));
      }
      return loaded;
    } catch (EngineException refused) {
      throw refused;
    } catch (Throwable e) {
      throw broken(e);
    } finally {
      library.log().stop();
    }
  }

  private boolean set(MemorySegment adapter, float scale) {
    try (Arena scratch = Arena.ofConfined()) {
      if (!library.profile().adaptersTogether()) {
        return (int) set.invokeExact(context, adapter, scale) == 0;
      }
      MemorySegment adapters = scratch.allocateFrom(ADDRESS, adapter);
      MemorySegment scales = scratch.allocateFrom(JAVA_FLOAT, scale);
      return (int) set.invokeExact(context, adapters, 1L, scales) == 0;
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  private void clear() {
    try {
      if (library.profile().adaptersTogether()) {
        int _ = (int) clear.invokeExact(context, MemorySegment.NULL, 0L, MemorySegment.NULL);
      } else {
        clear.invokeExact(context);
      }
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  private void free(MemorySegment adapter) {
    if (adapter.address() == 0) {
      return;
    }
    try {
      free.invokeExact(adapter);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /// Gives the adapter's memory back; called before the model's own goes.
  @Override
  public void close() {
    remove();
  }
}
