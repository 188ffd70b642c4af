// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceStatus;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SiteStatus;
import org.peermind.protocol.Watts;

/// The devices of the site in `/status`: what each said, how old that is, and what is wrong. A
/// member that is not there is unknown; a reading that failed or is too old leaves no values.
final class DevicesDocument {
  private DevicesDocument() {}

  /// Puts `devices` and `site_remarks` into `energy`; an adapter without devices leaves none.
  static void fill(ObjectNode energy, SiteStatus site, Instant now) {
    if (site.devices().isEmpty()) {
      return;
    }
    ArrayNode devices = energy.putArray("devices");
    site.devices().forEach(device -> device(devices.addObject(), device, now));
    ArrayNode remarks = energy.putArray("site_remarks");
    site.remarks().forEach(remarks::add);
  }

  private static void device(ObjectNode row, DeviceStatus device, Instant now) {
    row.put("name", device.name())
        .put("profile", device.profile())
        .put("role", device.role().word())
        .put("verified", device.verified())
        .put("check", device.check())
        .put("counts", device.whyNot().isEmpty());
    device.whyNot().ifPresent(why -> row.put("why_not", why));
    Instant heardAt = device.heardAt();
    if (heardAt != null) {
      row.put("age_seconds", seconds(heardAt, now));
    }
    device.current().ifPresent(reading -> values(row, reading));
    device
        .failure()
        .ifPresent(
            failure ->
                row.putObject("last_failure")
                    .put("sentence", failure.sentence())
                    .put("age_seconds", seconds(failure.at(), now)));
    Instant nextTry = device.nextTry();
    if (nextTry != null) {
      row.put("next_try_seconds", seconds(now, nextTry));
    }
  }

  private static void values(ObjectNode row, DeviceReading reading) {
    row.put("quality", reading.quality().word());
    if (reading.remark() != null) {
      row.put("remark", reading.remark());
    }
    watts(row, "pv_power_w", reading.production());
    watts(row, "load_w", reading.load());
    watts(row, "grid_power_w", reading.grid());
    watts(row, "battery_power_w", reading.battery());
    if (reading.stateOfCharge() instanceof Reading.Known<Percent> known) {
      row.put("battery_soc", known.value().value());
    }
  }

  /// What the site as a whole said last; a power that is not known is left out.
  static void flow(ObjectNode flow, EnergySample sample, Instant now) {
    watts(flow, "pv_power_w", sample.production());
    watts(flow, "load_w", sample.load());
    watts(flow, "grid_power_w", sample.grid());
    watts(flow, "battery_power_w", sample.battery());
    if (sample.stateOfCharge() instanceof Reading.Known<Percent> known) {
      flow.put("battery_soc", known.value().value());
    }
    flow.put("quality", sample.quality().word());
    flow.put("age_seconds", seconds(sample.receivedAt(), now));
  }

  private static void watts(ObjectNode row, String name, Reading<Watts> reading) {
    if (reading instanceof Reading.Known<Watts> known) {
      row.put(name, known.value().value());
    }
  }

  private static double seconds(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toMillis()) / 1e3;
  }
}
