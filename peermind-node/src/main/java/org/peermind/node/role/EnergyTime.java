// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// The clock of the energy path. It is the real one, but for demos and tests that let a day pass in
/// minutes: then energy time runs `scale` times as fast, and every constant of the energy path
/// keeps its meaning in energy time.
public final class EnergyTime implements InstantSource {
  private final InstantSource real;
  private final double scale;
  private final Instant start;
  private final Instant realStart;

  /// @param start energy time at the real time `realStart`
  /// @throws IllegalArgumentException when `scale` is below 1
  public EnergyTime(InstantSource real, double scale, Instant start, Instant realStart) {
    if (!(scale >= 1)) {
      throw new IllegalArgumentException("Energy time runs at least as fast as real time");
    }
    this.real = real;
    this.scale = scale;
    this.start = start;
    this.realStart = realStart;
  }

  /// Energy time that is real time.
  public static EnergyTime real(InstantSource real) {
    Instant now = real.instant();
    return new EnergyTime(real, 1, now, now);
  }

  /// Whether energy time is invented; then missed polls are made up for, because only adapters that
  /// are functions of time run on it.
  public boolean isScaled() {
    return scale > 1;
  }

  @Override
  public Instant instant() {
    double realNanos = Duration.between(realStart, real.instant()).toNanos();
    return start.plusNanos((long) (realNanos * scale));
  }

  /// The real time at which energy time is, was or will be `energy`.
  public Instant toReal(Instant energy) {
    return realStart.plus(toReal(Duration.between(start, energy)));
  }

  /// How long a span of energy time takes in reality.
  public Duration toReal(Duration energy) {
    return Duration.ofNanos((long) (energy.toNanos() / scale));
  }
}
