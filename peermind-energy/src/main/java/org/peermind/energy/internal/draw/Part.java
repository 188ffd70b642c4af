// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.draw.PowerProbe.Answer;

/// Turns the answers of one part into joules over time. Pure state: answers come in the order of
/// their times.
final class Part {
  /// After a longer gap a counter may have wrapped more than once, and a power says nothing about
  /// the time between.
  private static final Duration GAP_MAX = Duration.ofSeconds(60);

  private @Nullable Instant lastAt;
  private @Nullable Answer last;

  /// The joules between the answer before and this one; NaN when unknown.
  double joulesUntil(Instant now, Answer answer) {
    Instant from = lastAt;
    Answer before = last;
    lastAt = now;
    last = answer;
    if (from == null || before == null || !now.isAfter(from)) {
      return Double.NaN;
    }
    Duration passed = Duration.between(from, now);
    if (passed.compareTo(GAP_MAX) > 0) {
      return Double.NaN;
    }
    double joules =
        switch (answer) {
          case Answer.Joules(double sum) ->
              before instanceof Answer.Joules(double sumBefore) ? sum - sumBefore : Double.NaN;
          case Answer.Power(double watts) ->
              before instanceof Answer.Power(double wattsBefore)
                  ? (watts + wattsBefore) / 2 * passed.toNanos() / 1e9
                  : Double.NaN;
          case Answer.Absent _, Answer.Silent _ -> Double.NaN;
        };
    return joules >= 0 ? joules : Double.NaN;
  }
}
