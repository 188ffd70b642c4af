// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

/// Keeps the tokens of all answers together under a rate, by waiting between ticks. Reading a
/// prompt is not held back: it is short, and a waiting user hears nothing until it is done.
final class Pacer {
  private static final double NANOS_PER_SECOND = 1e9;

  private double tokensPerSecondMax;
  private long nextNanos;
  private boolean due = true;

  /// Sets the rate; 0 lifts the limit.
  void limit(double rate) {
    tokensPerSecondMax = rate;
    due = true;
  }

  /// Whether there is a limit.
  boolean limited() {
    return tokensPerSecondMax > 0;
  }

  /// Says that a tick began at `beganNanos` and gave so many tokens.
  void spent(long beganNanos, int tokens) {
    if (tokensPerSecondMax > 0 && tokens > 0) {
      nextNanos = beganNanos + (long) (tokens / tokensPerSecondMax * NANOS_PER_SECOND);
      due = false;
    }
  }

  /// How long the next tick has to wait.
  long delayNanos(long nowNanos) {
    return due ? 0 : Math.max(0, nextNanos - nowNanos);
  }
}
