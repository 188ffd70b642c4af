// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.concurrent.TimeUnit;

/// How many tokens of prompts are computed in one tick: as many as keep the tick short, so that
/// running answers go on and others are let in, and no fewer than pay for reading the weights once:
/// in chunks of 64 a prompt takes about a tenth more of the processor than in one piece. Found by
/// doubling and halving from measured ticks.
final class ChunkSize {
  /// The most tokens of prompts in one tick.
  static final int MAX = 256;

  /// The most while the pace is reduced: a machine on little power computes in small steps.
  static final int REDUCED_MAX = 32;

  static final int MIN = 8;
  private static final int FIRST = 64;
  private static final long ALONE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long BESIDE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final double NEW_WEIGHT = 0.2;

  private int size = FIRST;
  private double stepNanos;

  /// How many tokens the next tick takes.
  int tokens(boolean reduced) {
    return reduced ? Math.min(size, REDUCED_MAX) : size;
  }

  /// Says how long a tick took that computed so many tokens of prompts and steps of answers. Beside
  /// answers a tick may take twice as long as one of their steps alone.
  void measured(long tookNanos, int promptTokens, int steps) {
    if (promptTokens == 0) {
      stepNanos = stepNanos == 0 ? tookNanos : stepNanos + NEW_WEIGHT * (tookNanos - stepNanos);
      return;
    }
    double target = steps == 0 ? ALONE_NANOS : Math.max((double) BESIDE_NANOS, 2 * stepNanos);
    if (tookNanos > 1.2 * target) {
      size = Math.max(MIN, size / 2);
    } else if (tookNanos < 0.5 * target && promptTokens >= size) {
      size = Math.min(MAX, size * 2);
    }
  }
}
