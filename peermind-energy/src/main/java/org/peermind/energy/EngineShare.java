// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;

/// The engine's share of the power of our machine: what is drawn above the mean of the time without
/// a model. A pure core; readings come in the order of their times.
public final class EngineShare {
  /// Weight of a new window in the mean, for each second of it.
  private static final double WEIGHT_PER_SECOND = 1.0 / 60;

  private static final Duration AGE_MAX = Duration.ofSeconds(10);

  private List<PowerMethod> methods = List.of();
  private double withoutEngine = Double.NaN;
  private OwnPower newest = OwnPower.unknown(Instant.EPOCH, "not measured");

  /// Takes in a reading.
  ///
  /// @param isAbsent whether there was no model all the time of its window
  public void power(OwnPower reading, boolean isAbsent) {
    newest = reading;
    if (!reading.isMeasured()) {
      return;
    }
    if (!reading.methods().equals(methods)) {
      methods = reading.methods();
      withoutEngine = Double.NaN; // another meter sees another part of the machine
    }
    if (isAbsent && !reading.window().isZero()) {
      double watts = reading.watts().getAsDouble();
      double seconds = reading.window().toNanos() / 1e9;
      withoutEngine =
          Double.isNaN(withoutEngine)
              ? watts
              : withoutEngine + Math.min(1, seconds * WEIGHT_PER_SECOND) * (watts - withoutEngine);
    }
  }

  /// What the engine draws by the newest reading; empty when that is older than 10 s or not
  /// measured, and until the machine was measured without the engine.
  public OptionalDouble watts(Instant now) {
    Duration age = Duration.between(newest.at(), now);
    if (Double.isNaN(withoutEngine)
        || !newest.isMeasured()
        || age.compareTo(AGE_MAX) > 0
        || age.compareTo(AGE_MAX.negated()) < 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(Math.max(0, newest.watts().getAsDouble() - withoutEngine));
  }
}
