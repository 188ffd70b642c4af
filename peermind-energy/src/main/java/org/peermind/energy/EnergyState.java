// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergySample;

/// Everything the energy path remembers between two steps; immutable and bounded. Others read
/// [#decision()] only.
///
/// @param now the time of the latest step
/// @param readings smoothed readings and the newest sample
/// @param imports how long the grid has been feeding the site
/// @param curtailment what is tried while the inverter holds production back
/// @param drainUntil when draining ends at the latest, null unless draining
public record EnergyState(
    Instant now,
    Readings readings,
    Hysteresis.State hysteresis,
    Imports imports,
    Curtailment curtailment,
    @Nullable Instant drainUntil,
    Outlook.NextSun nextSun,
    EnergyDecision decision) {

  /// What the battery holds and where it came from; keep it over a restart.
  public BatteryLedger ledger() {
    return readings.ledger();
  }

  /// @param newest the newest accepted sample
  /// @param offered whether `newest` told enough for the averages
  /// @param problem why the latest poll gave nothing, null when it did
  /// @param islandBegan whether the latest observation is the first one without a grid
  record Readings(
      SampleCheck.Memory memory,
      RollingAverage surplus,
      RollingAverage spare,
      RollingAverage production,
      RollingAverage grid,
      @Nullable EnergySample newest,
      boolean offered,
      @Nullable String problem,
      Headroom.@Nullable Band band,
      BatteryLedger ledger,
      boolean islandBegan) {

    Readings withoutIslandBegan() {
      return islandBegan ? withProblem(memory, problem) : this;
    }

    Readings withProblem(SampleCheck.Memory newMemory, @Nullable String newProblem) {
      return new Readings(
          newMemory,
          surplus,
          spare,
          production,
          grid,
          newest,
          offered,
          newProblem,
          band,
          ledger,
          false);
    }
  }

  /// @param tripSince since when samples have shown import above the trip limit
  /// @param tripWatts the latest such import
  /// @param sustainedSince since when the mean import exceeds the tolerance while we draw power
  /// @param brownSince since when every sample has shown import while we draw power
  /// @param meanWatts that mean, zero while we draw nothing
  record Imports(
      @Nullable Instant tripSince,
      double tripWatts,
      @Nullable Instant sustainedSince,
      @Nullable Instant brownSince,
      double meanWatts) {
    static final Imports NONE = new Imports(null, 0, null, null, 0);

    boolean sustained(Duration delay, Instant at) {
      return sustainedSince != null && !at.isBefore(sustainedSince.plus(delay));
    }
  }
}
