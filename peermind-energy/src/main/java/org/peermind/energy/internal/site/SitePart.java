// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.time.Duration;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;

/// One device of a site and what is known of it.
///
/// @param label what the owner calls it
/// @param check whether it only watches another device of the same role
/// @param unverified whether its profile carries no recorded answer
/// @param staleAfter how old its reading may be, by our clock and by its own
public record SitePart(
    String label,
    DeviceRole role,
    boolean check,
    boolean unverified,
    Duration staleAfter,
    Newest newest) {

  /// The last outcome of asking the device.
  public sealed interface Newest {
    record Read(DeviceReading reading) implements Newest {}

    /// One sentence that says why there is none.
    record Missing(String sentence) implements Newest {}
  }
}
