// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// From an inverter's reading to the decision whether the model may run (design section 5).
///
/// Start at [org.peermind.energy.EnergyPath#step], the pure core that joins the parts:
/// [org.peermind.energy.SampleCheck] refuses what is stale or implausible,
/// [org.peermind.energy.RollingAverage] smooths, [org.peermind.energy.Headroom] subtracts margin
/// and the battery's claim, [org.peermind.energy.Hysteresis] decides with delays, dwell and trips,
/// and the path turns that into an [org.peermind.protocol.Activation] with a reason a person can
/// read. Devices are behind [org.peermind.energy.spi.EnergyAdapter]; [org.peermind.energy.Adapters]
/// builds one from the configuration that [org.peermind.energy.EnergySettings] reads.
@NullMarked
package org.peermind.energy;

import org.jspecify.annotations.NullMarked;
