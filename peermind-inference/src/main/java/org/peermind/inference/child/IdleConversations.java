// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.peermind.inference.MemoryNeed;
import org.peermind.inference.internal.natives.SequenceState;
import org.peermind.protocol.Id16;

/// What was computed for conversations that wait for their next question, outside the engine's
/// context, where it would make every token of the others dearer. An equal key alone gives access:
/// the key is a secret of the node that asked, so nobody learns, by an answer or by its delay, what
/// another one asked.
///
/// The least recently used entry goes first, and each after [#IDLE_NANOS_MAX]. Bounded in bytes, as
/// the memory plan counts them ([MemoryNeed#idleBytes]).
final class IdleConversations {
  /// How long a conversation's tokens stay without a question.
  static final long IDLE_NANOS_MAX = TimeUnit.MINUTES.toNanos(15);

  static final int ENTRIES_MAX = 256;

  private final long bytesMax;
  private final List<Idle> entries = new ArrayList<>();
  private long bytes;

  IdleConversations(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /// A conversation's tokens and what was computed for them. Whoever has it closes it.
  record Idle(Id16 conversation, List<Integer> tokens, SequenceState state, long sinceNanos)
      implements AutoCloseable {
    Idle {
      tokens = List.copyOf(tokens);
    }

    @Override
    public void close() {
      state.close();
    }

    /// It holds what somebody wrote.
    @Override
    public String toString() {
      return "Idle[" + tokens.size() + " tokens]";
    }
  }

  /// How many tokens `wanted` begins with of those that are `known`.
  static int common(List<Integer> known, int[] wanted) {
    int count = 0;
    int most = Math.min(known.size(), wanted.length);
    while (count < most && known.get(count) == wanted[count]) {
      count++;
    }
    return count;
  }

  /// Drops the least recent entries until `wanted` bytes more are allowed; false when they never
  /// are.
  boolean makeRoom(long wanted) {
    if (wanted > bytesMax) {
      return false;
    }
    while (bytes > bytesMax - wanted || entries.size() >= ENTRIES_MAX) {
      dropOldest();
    }
    return true;
  }

  /// Keeps an entry instead of what the same conversation kept before; one that is too large is
  /// closed.
  void put(Idle idle) {
    take(idle.conversation).ifPresent(Idle::close);
    if (!makeRoom(idle.state.byteCount())) {
      idle.close();
      return;
    }
    entries.addLast(idle);
    bytes += idle.state.byteCount();
  }

  /// Takes out what a conversation kept.
  Optional<Idle> take(Id16 conversation) {
    for (Iterator<Idle> all = entries.iterator(); all.hasNext(); ) {
      Idle idle = all.next();
      if (idle.conversation.equals(conversation)) {
        all.remove();
        bytes -= idle.state.byteCount();
        return Optional.of(idle);
      }
    }
    return Optional.empty();
  }

  /// Drops what nobody asked for in a long time.
  void dropExpired(long nowNanos) {
    while (!entries.isEmpty() && nowNanos - entries.getFirst().sinceNanos > IDLE_NANOS_MAX) {
      dropOldest();
    }
  }

  /// Drops all.
  void clear() {
    while (!entries.isEmpty()) {
      dropOldest();
    }
  }

  private void dropOldest() {
    Idle oldest = entries.removeFirst();
    bytes -= oldest.state.byteCount();
    oldest.close();
  }

  /// What all entries take.
  long bytes() {
    return bytes;
  }

  int size() {
    return entries.size();
  }
}
