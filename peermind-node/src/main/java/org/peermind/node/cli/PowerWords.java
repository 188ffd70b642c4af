// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A reading in words, so that nobody has to know our signs: "grid exporting 1500 W".
final class PowerWords {
  private PowerWords() {}

  /// Of the members that `peermind energy decode` prints.
  static String of(Map<String, @Nullable Object> report) {
    List<String> words = new ArrayList<>();
    if (report.get("pv_power_w") instanceof Number pv) {
      words.add("pv " + watts(pv.doubleValue()));
    }
    if (report.get("load_w") instanceof Number load) {
      words.add("load " + watts(load.doubleValue()));
    }
    if (report.get("grid_power_w") instanceof Number grid) {
      words.add("grid " + directed(grid.doubleValue(), "importing ", "exporting "));
    }
    if (report.get("battery_power_w") instanceof Number battery) {
      words.add("battery " + directed(battery.doubleValue(), "charging ", "discharging "));
    }
    if (report.get("battery_soc") instanceof Number charge) {
      words.add(String.format(Locale.ROOT, "charge %.0f %%", charge.doubleValue()));
    }
    if (words.isEmpty()) {
      words.add("nothing is produced");
    }
    if (!"ok".equals(report.get("quality"))) {
      words.add("quality " + report.get("quality"));
    }
    return String.join(", ", words);
  }

  /// Such as `exporting 1500 W`; `idle` where nothing flows.
  static String directed(double watts, String positive, String negative) {
    long size = Math.round(Math.abs(watts));
    return size == 0 ? "idle" : (watts > 0 ? positive : negative) + size + " W";
  }

  static String watts(double watts) {
    return Math.round(watts) + " W";
  }
}
