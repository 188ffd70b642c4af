// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.time.Instant;
import java.util.List;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// The power of our own machine by the devices with the role `engine`. Pure.
final class WallPlug {
  private WallPlug() {}

  /// The sum of all plugs of the machine, which may have several power supplies; unknown as soon as
  /// one of them is silent, too old or doubtful. As old as the oldest reading.
  static Reading<Watts> power(List<SitePart> parts, Instant now) {
    double sum = 0;
    Instant oldest = null;
    for (SitePart part : parts) {
      if (part.role() != DeviceRole.ENGINE) {
        continue;
      }
      String objection = part.objection(now, true);
      if (objection != null) {
        return Reading.unknown(
            objection.endsWith(".") ? objection.substring(0, objection.length() - 1) : objection);
      }
      if (part.newest() instanceof SitePart.Newest.Read(DeviceReading reading)) {
        if (!(reading.load() instanceof Reading.Known<Watts> known)) {
          return Reading.unknown(part.label() + " does not tell the machine's power");
        }
        sum += known.value().value();
        Instant at = reading.receivedAt();
        oldest = oldest == null || at.isBefore(oldest) ? at : oldest;
      }
    }
    return oldest == null ? Reading.unknown("there is no wall plug") : Reading.watts(sum, oldest);
  }
}
