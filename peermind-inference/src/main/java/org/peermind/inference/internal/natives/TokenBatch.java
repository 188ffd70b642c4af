// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Tokens of one or more sequences for one [LlamaModel#decode], in native memory (`struct
/// llama_batch`, the same in all known builds).
public final class TokenBatch {
  private final int capacity;
  private final MemorySegment struct;
  private final MemorySegment tokens;
  private final MemorySegment positions;
  private final MemorySegment sequences;
  private final MemorySegment wanted;
  private int size;

  TokenBatch(Arena arena, int capacity) {
    this.capacity = capacity;
    tokens = arena.allocate(JAVA_INT, capacity);
    positions = arena.allocate(JAVA_INT, capacity);
    sequences = arena.allocate(JAVA_INT, capacity);
    wanted = arena.allocate(capacity);
    MemorySegment counts = arena.allocate(JAVA_INT, capacity);
    MemorySegment pointers = arena.allocate(ADDRESS, capacity);
    for (int i = 0; i < capacity; i++) {
      counts.setAtIndex(JAVA_INT, i, 1);
      pointers.setAtIndex(ADDRESS, i, sequences.asSlice(4L * i));
    }
    struct = arena.allocate(LlamaLibrary.BATCH_BYTES, 8);
    struct.set(ADDRESS, 8, tokens);
    struct.set(ADDRESS, 24, positions);
    struct.set(ADDRESS, 32, counts);
    struct.set(ADDRESS, 40, pointers);
    struct.set(ADDRESS, 48, wanted);
  }

  /// Empties the batch.
  public void clear() {
    size = 0;
  }

  /// How many tokens are in the batch.
  public int size() {
    return size;
  }

  /// How many tokens more it takes.
  public int room() {
    return capacity - size;
  }

  /// Adds a token and returns its row, by which its logits are asked for.
  ///
  /// @throws IllegalStateException when the batch is full
  public int add(int token, int position, int sequence, boolean wantLogits) {
    if (size == capacity) {
      throw new IllegalStateException("The batch holds no more than " + capacity + " tokens");
    }
    tokens.setAtIndex(JAVA_INT, size, token);
    positions.setAtIndex(JAVA_INT, size, position);
    sequences.setAtIndex(JAVA_INT, size, sequence);
    wanted.set(JAVA_BYTE, size, (byte) (wantLogits ? 1 : 0));
    return size++;
  }

  int token(int row) {
    return tokens.getAtIndex(JAVA_INT, row);
  }

  int position(int row) {
    return positions.getAtIndex(JAVA_INT, row);
  }

  int sequence(int row) {
    return sequences.getAtIndex(JAVA_INT, row);
  }

  boolean wantsLogits(int row) {
    return wanted.get(JAVA_BYTE, row) != 0;
  }

  MemorySegment struct() {
    struct.set(JAVA_INT, 0, size);
    return struct;
  }
}
