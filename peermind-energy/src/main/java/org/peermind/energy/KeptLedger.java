// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.energy.BatteryLedger.Flow;
import org.peermind.energy.BatteryLedger.Parcel;

/// The text form in which a [BatteryLedger] outlives a restart. Whatever is doubtful about a text
/// makes the charge unknown, which is no stored headroom: it is damaged, from the future, or of a
/// battery with another capacity.
public final class KeptLedger {
  /// The longest text that is read.
  public static final int CHARACTERS_MAX = 8_192;

  private static final Pattern HEADING =
      Pattern.compile("peermind-battery-ledger 1 at (\\d{1,12}) capacity (\\d{1,9}\\.\\d{3})");
  private static final Pattern PARCEL = Pattern.compile("(\\d{1,9}\\.\\d{3}) (\\d{1,9}\\.\\d{3})");
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  private KeptLedger() {}

  /// What came of reading a text.
  public sealed interface Outcome {
    /// The ledger as far as it is certain now.
    record Known(BatteryLedger ledger) implements Outcome {}

    /// The text tells nothing; `why` is a sentence without a full stop.
    record Unknown(String why) implements Outcome {}
  }

  /// One line for the battery and the moment, and one for each parcel, oldest first.
  ///
  /// @param now until when the ledger is booked
  public static String text(BatteryLedger ledger, BatterySettings battery, Instant now) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "peermind-battery-ledger 1 at %d capacity %.3f\n",
            now.getEpochSecond(),
            battery.capacityWattHours()));
    for (Parcel parcel : ledger.paused().parcels()) {
      text.append(
          String.format(
              Locale.ROOT, "%.3f %.3f\n", parcel.renewableWattHours(), parcel.gridWattHours()));
    }
    return text.toString();
  }

  /// Reads the text form. For the time since it was written the worst is assumed that the battery
  /// can do.
  public static Outcome parse(String text, BatterySettings battery, Instant now) {
    List<String> lines = text.lines().limit(BatteryLedger.PARCELS_MAX + 2L).toList();
    Matcher heading = HEADING.matcher(lines.isEmpty() ? "" : lines.getFirst());
    if (!heading.matches()
        || text.length() > CHARACTERS_MAX
        || lines.size() > BatteryLedger.PARCELS_MAX + 1) {
      return new Outcome.Unknown("it is not the text of a battery ledger");
    }
    Instant at = Instant.ofEpochSecond(Long.parseLong(heading.group(1)));
    Duration since = Duration.between(at, now);
    if (since.compareTo(CLOCK_TOLERANCE.negated()) < 0) {
      return new Outcome.Unknown("it was written in the future, at " + at);
    }
    double capacity = Double.parseDouble(heading.group(2));
    if (Math.abs(capacity - battery.capacityWattHours()) > 0.001) {
      return new Outcome.Unknown(
          "it is of a battery of %.0f Wh, and this one has %.0f Wh"
              .formatted(capacity, battery.capacityWattHours()));
    }
    List<Parcel> parcels = new ArrayList<>();
    double total = 0;
    for (String line : lines.subList(1, lines.size())) {
      Matcher cells = PARCEL.matcher(line);
      if (!cells.matches()) {
        return new Outcome.Unknown("a line of it is damaged");
      }
      Parcel parcel =
          new Parcel(Double.parseDouble(cells.group(1)), Double.parseDouble(cells.group(2)));
      total += parcel.total();
      parcels.add(parcel);
    }
    if (parcels.isEmpty() || total > 2 * capacity) {
      return new Outcome.Unknown("it tells of no charge that this battery can hold");
    }
    BatteryLedger kept = new BatteryLedger(parcels, null, Flow.NONE);
    return new Outcome.Known(kept.unwatched(battery, since.isNegative() ? Duration.ZERO : since));
  }
}
