// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// The power flow of a site at one moment, as `peermind energy watch` shows it.
///
/// @param pvWatts of the panels or another source
/// @param loadWatts of the house
/// @param gridWatts positive on import
/// @param batteryWatts positive while charging
/// @param chargePercent of the battery
/// @param quality the word of the reading's quality, `unknown` where there is none
/// @param ageSeconds of the reading
/// @param notes one sentence each: the node's decision, devices, what is wrong
record PowerFlow(
    OptionalDouble pvWatts,
    OptionalDouble loadWatts,
    OptionalDouble gridWatts,
    OptionalDouble batteryWatts,
    OptionalDouble chargePercent,
    String quality,
    OptionalDouble ageSeconds,
    List<String> notes) {
  private static final int BAR = 20;

  PowerFlow {
    notes = notes.stream().map(note -> note.replaceAll("\\p{Cntrl}", " ")).toList();
    quality = quality.replaceAll("\\p{Cntrl}", " ");
  }

  /// A moment at which nothing is known.
  static PowerFlow unknown(OptionalDouble ageSeconds, List<String> notes) {
    OptionalDouble none = OptionalDouble.empty();
    return new PowerFlow(none, none, none, none, none, "unknown", ageSeconds, notes);
  }

  /// This flow, or nothing known where its reading is older than `ageMaxSeconds` or of no known
  /// age.
  PowerFlow unlessOlderThan(double ageMaxSeconds) {
    if (ageSeconds.isPresent() && ageSeconds.getAsDouble() <= ageMaxSeconds) {
      return this;
    }
    List<String> all = new ArrayList<>(notes);
    all.addFirst("The last reading is too old to count.");
    return unknown(ageSeconds, all);
  }

  /// One line.
  String line() {
    return "%s, pv %s, house %s, grid %s, battery %s%s%s"
        .formatted(
            quality,
            watts(pvWatts),
            watts(loadWatts),
            grid(),
            battery(),
            chargePercent.isPresent()
                ? String.format(Locale.ROOT, " at %.0f %%", chargePercent.getAsDouble())
                : "",
            notes.isEmpty() ? "" : ". " + notes.getFirst());
  }

  /// A picture of several lines.
  List<String> picture() {
    List<String> lines = new ArrayList<>();
    lines.add("  pv       %s  %s".formatted(arrow(pvWatts, "-->", "<--"), watts(pvWatts)));
    lines.add("  grid     %s  %s".formatted(arrow(gridWatts, "-->", "<--"), grid()));
    lines.add("  battery  %s  %s%s".formatted(arrow(batteryWatts, "<--", "-->"), battery(), bar()));
    lines.add("  house    %s  %s".formatted(arrow(loadWatts, "<--", "-->"), watts(loadWatts)));
    lines.add("  quality       " + quality + age());
    notes.forEach(note -> lines.add("  " + note));
    return List.copyOf(lines);
  }

  /// One object; null means unknown.
  ObjectNode json() {
    ObjectNode object = new ObjectMapper().createObjectNode();
    put(object, "pv_power_w", pvWatts);
    put(object, "load_w", loadWatts);
    put(object, "grid_power_w", gridWatts);
    put(object, "battery_power_w", batteryWatts);
    put(object, "battery_soc", chargePercent);
    object.put("quality", quality);
    put(object, "age_seconds", ageSeconds);
    notes.forEach(object.putArray("notes")::add);
    return object;
  }

  private static void put(ObjectNode object, String name, OptionalDouble value) {
    if (value.isPresent()) {
      object.put(name, value.getAsDouble());
    } else {
      object.putNull(name);
    }
  }

  private String grid() {
    return directed(gridWatts, "importing ", "exporting ");
  }

  private String battery() {
    return directed(batteryWatts, "charging ", "discharging ");
  }

  private static String directed(OptionalDouble watts, String positive, String negative) {
    return watts.isPresent()
        ? PowerWords.directed(watts.getAsDouble(), positive, negative)
        : "unknown";
  }

  private static String watts(OptionalDouble watts) {
    return watts.isPresent() ? PowerWords.watts(watts.getAsDouble()) : "unknown";
  }

  /// Towards or away from the middle, where the power of all comes together.
  private static String arrow(OptionalDouble watts, String positive, String negative) {
    if (watts.isEmpty()) {
      return " ? ";
    }
    long rounded = Math.round(watts.getAsDouble());
    return rounded == 0 ? "   " : rounded > 0 ? positive : negative;
  }

  private String bar() {
    if (chargePercent.isEmpty()) {
      return "";
    }
    double charge = Math.clamp(chargePercent.getAsDouble(), 0, 100);
    int full = (int) Math.round(charge * BAR / 100);
    return String.format(
        Locale.ROOT, "  [%s%s] %.0f %%", "#".repeat(full), ".".repeat(BAR - full), charge);
  }

  private String age() {
    return ageSeconds.isPresent()
        ? String.format(Locale.ROOT, ", %.0f s ago", ageSeconds.getAsDouble())
        : "";
  }
}
