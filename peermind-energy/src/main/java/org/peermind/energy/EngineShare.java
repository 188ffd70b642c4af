// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;

/// The engine's share of the power of our machine: what is drawn above the mean of the time without
/// a model. A pure core; readings come in the order of their times.
public final class EngineShare {
  /// Weight of a new window in the mean, for each second of it.
  private static final double WEIGHT_PER_SECOND = 1.0 / 60;

  private static final Duration AGE_MAX = Duration.ofSeconds(10);

  /// A mean for each set of meters, because another meter sees another part of the machine; there
  /// are only a handful of sets.
  private final Map<List<PowerMethod>, Double> withoutEngine = new HashMap<>();

  private OwnPower newest = OwnPower.unknown(Instant.EPOCH, "not measured");

  /// Takes in a reading.
  ///
  /// @param isAbsent whether there was no model all the time of its window
  public void power(OwnPower reading, boolean isAbsent) {
    newest = reading;
    if (!reading.isMeasured()) {
      return;
    }
    if (isAbsent && !reading.window().isZero()) {
      double watts = reading.watts().getAsDouble();
      double weight = Math.min(1, reading.window().toNanos() / 1e9 * WEIGHT_PER_SECOND);
      withoutEngine.merge(
          reading.methods(), watts, (mean, newer) -> mean + weight * (newer - mean));
    }
  }

  /// What the engine draws by the newest reading; empty when that is older than 10 s or not
  /// measured, and until the machine was measured without the engine.
  public OptionalDouble watts(Instant now) {
    Duration age = Duration.between(newest.at(), now);
    Double without = withoutEngine.get(newest.methods());
    if (without == null
        || !newest.isMeasured()
        || age.compareTo(AGE_MAX) > 0
        || age.compareTo(AGE_MAX.negated()) < 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(Math.max(0, newest.watts().getAsDouble() - without));
  }
}
