// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;

/// How the time of an evaluation is divided. With days to go there are three rounds of windows of
/// 60 s (trust facts 1.3); with minutes, two rounds of windows that all together take an eighth of
/// it at most, so that a vote of one evening measures the same things.
///
/// @param warmUp after a model was loaded, before its speed is measured
/// @param window of each figure of speed
/// @param rounds of windows for each model, in turn
/// @param speedAfter when this node measures speed, counted from the beginning: its turn
/// @param quietPatience how long a window waits for the node's slots to be free
/// @param courtesy how long an item waits while users are being answered
/// @param retryAfter a failure of the engine
record Schedule(
    Duration warmUp,
    Duration window,
    int rounds,
    Duration speedAfter,
    Duration quietPatience,
    Duration courtesy,
    Duration retryAfter) {
  private static final Duration WINDOW_LEAST = Duration.ofMillis(250);
  private static final Duration WINDOW_MOST = Duration.ofSeconds(60);
  private static final Duration QUIET_MOST = Duration.ofMinutes(10);
  private static final Duration COURTESY_MOST = Duration.ofSeconds(5);
  private static final Duration RETRY_MOST = Duration.ofMinutes(1);
  private static final Duration MANY_ROUNDS_FROM = Duration.ofMinutes(30);

  /// Kinds of windows: prompts, one answer at a time, four at once.
  static final int KINDS = 3;

  /// @param turn of this node among `turns`, from 0
  static Schedule of(Duration within, int turn, int turns, int items) {
    int rounds = within.compareTo(MANY_ROUNDS_FROM) < 0 ? 2 : 3;
    int windows = rounds * KINDS * Side.values().length;
    Duration window =
        clamp(within.multipliedBy(8).dividedBy(100L * windows), WINDOW_LEAST, WINDOW_MOST);
    return new Schedule(
        window,
        window,
        rounds,
        within.multipliedBy(4L * Math.floorMod(turn, turns)).dividedBy(10L * turns),
        clamp(within.dividedBy(10L * windows), Duration.ZERO, QUIET_MOST),
        clamp(within.dividedBy(20L * items), Duration.ZERO, COURTESY_MOST),
        clamp(within.dividedBy(100), Duration.ZERO, RETRY_MOST));
  }

  private static Duration clamp(Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0) {
      return least;
    }
    return value.compareTo(most) > 0 ? most : value;
  }
}
