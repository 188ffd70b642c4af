// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import com.dashjoin.jsonata.Jsonata;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Bounds one evaluation of an expression in steps, depth, time and the size of every value on the
/// way. Used once, by one thread.
final class EvaluationBounds {
  private static final int STEPS_MAX = 500_000;
  private static final int DEPTH_MAX = 100;
  private static final long NANOS_MAX = Duration.ofMillis(500).toNanos();
  private static final int LENGTH_MAX = 1 << 20;

  /// Of all values together: what a function of the library makes of many long texts, such as
  /// `$join`, is not seen before it is made.
  private static final long TOTAL_MAX = 1 << 25;

  private final long startNanos = System.nanoTime();
  private int steps;
  private int depth;
  private long total;

  /// Watches the evaluation that uses `frame`.
  void guard(Jsonata.Frame frame) {
    frame.setEvaluateEntryCallback((_, _, _) -> entered());
    frame.setEvaluateExitCallback((_, _, _, value) -> left(value));
  }

  private void entered() {
    depth++;
    steps++;
    if (depth > DEPTH_MAX) {
      throw new Exceeded("is nested too deeply");
    }
    if (steps > STEPS_MAX || System.nanoTime() - startNanos > NANOS_MAX) {
      throw new Exceeded("takes too long");
    }
  }

  private void left(@Nullable Object value) {
    depth--;
    switch (value) {
      case String text -> take(text.length());
      case List<?> list -> {
        take(list.size());
        for (Object element : list) {
          if (element instanceof String text) {
            take(text.length());
          }
        }
      }
      case null, default -> {
        // Of a size that the steps bound.
      }
    }
  }

  private void take(int size) {
    total += size;
    if (size > LENGTH_MAX || total > TOTAL_MAX) {
      throw new Exceeded("makes values of more than 1 MiB");
    }
  }

  /// An evaluation is out of bounds; the message is what it does.
  static final class Exceeded extends RuntimeException {
    private static final long serialVersionUID = 1;

    Exceeded(String does) {
      super(does);
    }
  }
}
