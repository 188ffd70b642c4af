// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.WattHours;
import org.peermind.protocol.Watts;

/// A reading as the plain members that `peermind energy decode` prints and samples promise; null
/// means unknown.
public final class ReadingReport {
  private ReadingReport() {}

  public static SequencedMap<String, @Nullable Object> of(DeviceReading reading) {
    SequencedMap<String, @Nullable Object> report = new LinkedHashMap<>();
    report.put("role", reading.role().word());
    report.put("pv_power_w", watts(reading.production()));
    report.put("battery_power_w", watts(reading.battery()));
    report.put("battery_soc", percent(reading.stateOfCharge()));
    report.put("load_w", watts(reading.load()));
    report.put("grid_power_w", watts(reading.grid()));
    report.put("quality", reading.quality().word());
    report.put(
        "device_timestamp", reading.deviceTime() == null ? null : reading.deviceTime().toString());
    report.put(
        "device_local_time",
        reading.deviceLocalTime() == null ? null : reading.deviceLocalTime().toString());
    report.put("source", reading.sourceKind().name().toLowerCase(Locale.ROOT));
    report.put("grid_connection", reading.gridConnection().name().toLowerCase(Locale.ROOT));
    report.put(
        "battery_capacity_wh",
        switch (reading.capacity()) {
          case Reading.Known<WattHours> known -> known.value().value();
          case Reading.Unknown<WattHours> _ -> null;
        });
    report.put("battery_reserve_percent", percent(reading.reserve()));
    report.put("nameplate_w", watts(reading.nameplate()));
    report.put("throttled", reading.throttled());
    report.put("remark", reading.remark());
    return report;
  }

  private static @Nullable Double watts(Reading<Watts> reading) {
    return switch (reading) {
      case Reading.Known<Watts> known -> known.value().value();
      case Reading.Unknown<Watts> _ -> null;
    };
  }

  private static @Nullable Double percent(Reading<Percent> reading) {
    return switch (reading) {
      case Reading.Known<Percent> known -> known.value().value();
      case Reading.Unknown<Percent> _ -> null;
    };
  }
}
