// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// When to try each piece of work again, and why it did not succeed. Waits double up to a minute,
/// and never take more than a quarter of the time that is left.
final class Tries {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private static final int DOUBLINGS_MAX = 6;

  private final Map<String, Attempt> attempts = new HashMap<>();

  private record Attempt(Instant next, int failures, Optional<String> sentence) {}

  boolean isDue(String work, Instant now) {
    Attempt last = attempts.get(work);
    return last == null || !now.isBefore(last.next());
  }

  /// It was accepted; should nothing come of it, it is tried again after `wait`.
  void succeeded(String work, Instant now, Duration wait) {
    attempts.put(work, new Attempt(now.plus(wait), 0, Optional.empty()));
  }

  /// Tries this again at once.
  void hurry(String work) {
    attempts.remove(work);
  }

  void failed(String work, Instant now, Instant until, String sentence) {
    Attempt last = attempts.get(work);
    int failures = last == null ? 0 : last.failures();
    Duration wait = FIRST.multipliedBy(1L << Math.min(failures, DOUBLINGS_MAX));
    Duration quarter = Duration.between(now, until).dividedBy(4);
    Duration most = quarter.compareTo(LONGEST) < 0 ? quarter : LONGEST;
    Duration bounded = wait.compareTo(most) < 0 ? wait : most;
    attempts.put(
        work,
        new Attempt(
            now.plus(bounded.compareTo(FIRST) < 0 ? FIRST : bounded),
            failures + 1,
            Optional.of(sentence)));
  }

  /// Why the last try failed.
  Optional<String> failure(String work) {
    return Optional.ofNullable(attempts.get(work)).flatMap(Attempt::sentence);
  }

  /// Forgets all other work.
  void keepOnly(Set<String> works) {
    attempts.keySet().retainAll(works);
  }
}
