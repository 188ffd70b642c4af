// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// In which segment and where in it each entry begins. Not safe for use by several threads.
final class Positions {
  /// Where an entry is.
  record Position(String segment, int offset) {}

  private static final int FIRST_CAPACITY = 64;

  private final List<Long> firsts = new ArrayList<>();
  private int[] offsets = new int[FIRST_CAPACITY];
  private int[] segments = new int[FIRST_CAPACITY];
  private int size;
  private long end;

  /// A segment begins.
  void segment(long firstIndex) {
    firsts.add(firstIndex);
    end = LogFormat.HEAD_BYTES;
  }

  void add(int offset) {
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * size);
      segments = Arrays.copyOf(segments, 2 * size);
    }
    offsets[size] = offset;
    segments[size] = firsts.size() - 1;
    size++;
  }

  /// Says where the last segment ends.
  void end(long bytes) {
    end = bytes;
  }

  /// The good bytes of the last segment.
  long end() {
    return end;
  }

  Optional<String> lastSegment() {
    return firsts.isEmpty() ? Optional.empty() : Optional.of(LogFormat.segment(firsts.getLast()));
  }

  Position of(long index) {
    int at = (int) index;
    return new Position(LogFormat.segment(firsts.get(segments[at])), offsets[at]);
  }
}
