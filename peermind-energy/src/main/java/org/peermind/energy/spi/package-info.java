// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// What a device adapter implements. Start at [org.peermind.energy.spi.EnergyAdapter], which reads
/// an [org.peermind.energy.spi.EnergySample]; [org.peermind.energy.spi.AdapterFactory] builds one
/// from the owner's configuration.
///
/// One sign convention holds behind this border: production and load are not negative, grid is
/// positive on import, battery is positive while charging, so that `pv + grid - battery = load`.
/// Signs and units are converted in the adapter and nowhere else.
@NullMarked
package org.peermind.energy.spi;

import org.jspecify.annotations.NullMarked;
