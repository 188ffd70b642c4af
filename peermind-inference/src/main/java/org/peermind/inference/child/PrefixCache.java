// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.Id16;

/// Which idle slots hold the tokens of which conversation. An equal key alone gives access: the key
/// is a secret of the node that asked, so nobody learns, by an answer or by its delay, what another
/// one asked.
///
/// The least recently used entry goes first, and each after [#IDLE_NANOS_MAX]. Bounded by the
/// slots.
final class PrefixCache {
  /// How long a conversation's tokens stay without a question.
  static final long IDLE_NANOS_MAX = java.util.concurrent.TimeUnit.MINUTES.toNanos(15);

  private final List<Idle> entries = new ArrayList<>();

  /// An idle slot and the tokens that it holds.
  record Idle(Id16 conversation, int slot, List<Integer> tokens, long sinceNanos) {
    Idle {
      tokens = List.copyOf(tokens);
    }

    /// How many tokens `wanted` begins with of those in the slot.
    int common(int[] wanted) {
      int count = 0;
      int most = Math.min(tokens.size(), wanted.length);
      while (count < most && tokens.get(count) == wanted[count]) {
        count++;
      }
      return count;
    }
  }

  /// Keeps a slot; what the same conversation kept before comes out.
  Optional<Idle> put(Idle idle) {
    Optional<Idle> before = take(idle.conversation);
    entries.addLast(idle);
    return before;
  }

  /// Takes out the slot of a conversation.
  Optional<Idle> take(Id16 conversation) {
    for (Iterator<Idle> all = entries.iterator(); all.hasNext(); ) {
      Idle idle = all.next();
      if (idle.conversation.equals(conversation)) {
        all.remove();
        return Optional.of(idle);
      }
    }
    return Optional.empty();
  }

  /// Takes out the slot that was used least recently.
  Optional<Idle> takeOldest() {
    return entries.isEmpty() ? Optional.empty() : Optional.of(entries.removeFirst());
  }

  /// Takes out a slot that was idle for too long.
  Optional<Idle> takeExpired(long nowNanos) {
    return !entries.isEmpty() && nowNanos - entries.getFirst().sinceNanos > IDLE_NANOS_MAX
        ? takeOldest()
        : Optional.empty();
  }

  /// How many cells of memory all entries take.
  int cells() {
    return entries.stream().mapToInt(idle -> idle.tokens.size()).sum();
  }

  int size() {
    return entries.size();
  }
}
