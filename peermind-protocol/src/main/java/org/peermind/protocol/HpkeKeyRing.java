// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The keys that questions to this node may be sealed to: a new one each day, and the one before it
/// for questions under way (design section 4). What was sealed to an older one can no longer be
/// opened by anybody. Safe for use by several threads.
public final class HpkeKeyRing {
  /// How long a key is the current one.
  public static final Duration ROTATION = Duration.ofDays(1);

  private static final int KEPT = 2;

  private final InstantSource clock;
  private final Deque<HpkeKey> keys = new ArrayDeque<>();
  private Instant drawn = Instant.MIN;

  public HpkeKeyRing(InstantSource clock) {
    this.clock = clock;
  }

  /// The key that the node's record shall name now.
  public synchronized HpkePublicKey publicKey() {
    rotate();
    return keys.getFirst().publicKey();
  }

  /// The keys that still open questions, the current one first.
  public synchronized List<HpkeKey> usable() {
    rotate();
    return List.copyOf(keys);
  }

  private void rotate() {
    Instant now = clock.instant();
    if (keys.isEmpty() || !now.isBefore(drawn.plus(ROTATION))) {
      keys.addFirst(HpkeKey.generate());
      drawn = now;
    }
    while (keys.size() > KEPT) {
      keys.removeLast();
    }
  }
}
