// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// Counts how often a model took its process down. One that does so again and again is not served
/// for a while, however well it answers between its crashes: each costs somebody an answer. Not
/// safe for several threads.
final class CrashWatch {
  static final int CRASHES_MAX = 5;
  static final Duration WINDOW = Duration.ofMinutes(10);
  static final Duration UNLISTED_FOR = Duration.ofHours(6);

  private final Deque<Instant> crashes = new ArrayDeque<>();
  private Optional<Instant> unlistedUntil = Optional.empty();

  /// Counts a crash.
  void crashed(Instant now) {
    crashes.addLast(now);
    while (crashes.getFirst().isBefore(now.minus(WINDOW))) {
      crashes.removeFirst();
    }
    if (crashes.size() >= CRASHES_MAX) {
      unlistedUntil = Optional.of(now.plus(UNLISTED_FOR));
      crashes.clear();
    }
  }

  /// Why the model is not served, as a sentence, or empty while it may be.
  Optional<String> unlisted(Instant now) {
    if (unlistedUntil.isPresent() && !now.isBefore(unlistedUntil.get())) {
      unlistedUntil = Optional.empty();
    }
    return unlistedUntil.map(
        until ->
            "The model took the engine down %d times within %d minutes and is not served before %s; restart the node to try earlier, or choose another model."
                .formatted(CRASHES_MAX, WINDOW.toMinutes(), until));
  }
}
