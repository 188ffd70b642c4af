// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.time.LocalDateTime;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Watts;

/// What one device of a site said, in our units and signs (`pv + grid - battery = load`). What it
/// did not say is unknown, never zero.
///
/// @param production of the renewable source; not negative but for standby draw
/// @param load consumption of the site, or of the machine for [DeviceRole#ENGINE]
/// @param grid positive on import
/// @param battery positive while charging
/// @param reserve the state of charge that the device itself keeps back
/// @param nameplate the device's rated power, for the range check
/// @param throttled whether the inverter holds production back, so that there is more sun than is
///   seen
/// @param deviceTime the device's own instant of the reading, null when it gives none
/// @param deviceLocalTime its own clock without a zone, null when it gives none
/// @param remark why the quality is not "ok", null when it is
public record DeviceReading(
    DeviceRole role,
    SourceKind sourceKind,
    GridConnection gridConnection,
    Reading<Watts> production,
    Reading<Watts> load,
    Reading<Watts> grid,
    Reading<Watts> battery,
    Reading<Percent> stateOfCharge,
    Reading<WattHours> capacity,
    Reading<Percent> reserve,
    Reading<Watts> nameplate,
    boolean throttled,
    @Nullable Instant deviceTime,
    @Nullable LocalDateTime deviceLocalTime,
    Instant receivedAt,
    Quality quality,
    @Nullable String remark) {
  public DeviceReading {
    requireNonNull(role);
    requireNonNull(sourceKind);
    requireNonNull(gridConnection);
    requireNonNull(production);
    requireNonNull(load);
    requireNonNull(grid);
    requireNonNull(battery);
    requireNonNull(stateOfCharge);
    requireNonNull(capacity);
    requireNonNull(reserve);
    requireNonNull(nameplate);
    requireNonNull(receivedAt);
    requireNonNull(quality);
  }

  /// Whether any power or state of charge is known.
  public boolean saysAnything() {
    return production.isKnown()
        || load.isKnown()
        || grid.isKnown()
        || battery.isKnown()
        || stateOfCharge.isKnown();
  }
}
