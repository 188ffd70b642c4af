// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;

/// The owner's battery and what part of it the engine may use (facts: headroom, battery policy).
///
/// Below `reservePercent` the battery claims all it can charge; up to `priorityPercent` it keeps
/// what it charges with; up to `bufferPercent` charging may be displaced; above, it gives stored
/// headroom for reduced operation, as far as the [BatteryLedger] knows its charge to be renewable.
///
/// @param efficiency share of the stored energy that comes out again, 0 to 1
/// @param horizon over how long the usable charge is spread
/// @param renewable whether the owner declares what it holds at the start to be renewable; what
///   enters later is tagged by what is measured
public record BatterySettings(
    double capacityWattHours,
    double chargeMaxWatts,
    double dischargeMaxWatts,
    double reservePercent,
    double priorityPercent,
    double bufferPercent,
    double efficiency,
    Duration horizon,
    boolean renewable) {}
