// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.manual;

import java.time.Duration;
import java.time.Instant;
import org.peermind.energy.Declaration;

/// How long a declaration still holds, by a clock that somebody may set. What is left never grows:
/// a step back moves the end back by as much, a step forward uses time up.
///
/// @param seen the last time by the clock
/// @param until the end by the same clock
record Term(Declaration declaration, Instant seen, Instant until) {
  static Term of(Declaration declaration) {
    return new Term(declaration, declaration.at(), declaration.until());
  }

  /// The same a moment later.
  Term at(Instant now) {
    Duration back = Duration.between(now, seen);
    return new Term(declaration, now, back.isPositive() ? until.minus(back) : until);
  }

  boolean isOver() {
    return !seen.isBefore(until);
  }
}
