// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// What a sequence had computed, copied out of the context into native memory of its own
/// ([LlamaModel#save]). It belongs to the thread that made it, and takes its memory until it is
/// closed.
public final class SequenceState implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment bytes;
  private final int positions;
  private boolean closed;

  private SequenceState(Arena arena, MemorySegment bytes, int positions) {
    this.arena = arena;
    this.bytes = bytes;
    this.positions = positions;
  }

  /// Takes memory and has it filled.
  ///
  /// @param positions how many tokens the sequence holds
  /// @param fill writes into the memory and returns how many bytes it wrote
  /// @return empty when not all of it was written, or there is no memory for it
  @SuppressWarnings("MustBeClosedChecker") // the state owns the arena and closes it
  public static Optional<SequenceState> of(
      int positions, long byteCount, ToLongFunction<MemorySegment> fill) {
    if (byteCount <= 0) {
      return Optional.empty();
    }
    Arena arena = Arena.ofConfined();
    boolean done = false;
    try {
      SequenceState state = new SequenceState(arena, arena.allocate(byteCount), positions);
      done = fill.applyAsLong(state.bytes) == byteCount;
      return done ? Optional.of(state) : Optional.empty();
    } catch (OutOfMemoryError none) {
      return Optional.empty();
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  MemorySegment bytes() {
    return bytes;
  }

  /// What it takes.
  public long byteCount() {
    return bytes.byteSize();
  }

  /// How many tokens it holds.
  public int positions() {
    return positions;
  }

  /// Whether its memory was given back.
  public boolean closed() {
    return closed;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      arena.close();
    }
  }
}
