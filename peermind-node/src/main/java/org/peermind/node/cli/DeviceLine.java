// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One device of the site as `peermind status` prints it.
final class DeviceLine {
  /// By the member's name, in the order of the line.
  private enum Power {
    PV("pv_power_w"),
    LOAD("load_w"),
    GRID("grid_power_w"),
    BATTERY("battery_power_w");

    private final String member;

    Power(String member) {
      this.member = member;
    }
  }

  private DeviceLine() {}

  /// Reads a row of `energy.devices` in `/status`.
  static String of(JsonNode device) {
    return "Device %s (%s, %s%s%s): %s"
        .formatted(
            device.path("name").asText(),
            device.path("profile").asText(),
            device.path("role").asText(),
            device.path("check").asBoolean() ? ", check" : "",
            device.path("verified").asBoolean() ? "" : ", unverified",
            device.path("counts").asBoolean() ? reading(device) : absence(device));
  }

  private static String reading(JsonNode device) {
    List<String> words = new ArrayList<>();
    words.add(device.path("quality").asText());
    words.addAll(values(device));
    words.add(age(device));
    if (device.has("remark")) {
      words.add(device.path("remark").asText());
    }
    return String.join(", ", words);
  }

  private static String absence(JsonNode device) {
    List<String> words = new ArrayList<>(values(device));
    words.add(device.has("age_seconds") ? "last heard " + age(device) : "never heard");
    if (device.has("next_try_seconds")) {
      words.add("asked again in %.0f s".formatted(device.path("next_try_seconds").asDouble()));
    }
    return "does not count, %s. %s"
        .formatted(String.join(", ", words), device.path("why_not").asText());
  }

  private static List<String> values(JsonNode device) {
    List<String> values = new ArrayList<>();
    for (Power power : Power.values()) {
      if (device.has(power.member)) {
        values.add(
            "%s %.0f W"
                .formatted(
                    power.name().toLowerCase(Locale.ROOT), device.path(power.member).asDouble()));
      }
    }
    if (device.has("battery_soc")) {
      values.add("charge %.0f %%".formatted(device.path("battery_soc").asDouble()));
    }
    return values;
  }

  private static String age(JsonNode device) {
    return "%.0f s ago".formatted(device.path("age_seconds").asDouble());
  }
}
