// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SourceKind;

/// What an owner says about renewable power that nothing measures (design section 1, promise 1). It
/// holds for at most 12 hours.
///
/// @param what the power, or the schedule of the configuration
/// @param at when the owner said so, to the millisecond
/// @param until when it ends, by a clock that is never set back
public record Declaration(What what, Instant at, Instant until) {
  /// Its file in the node's directory.
  public static final String FILE = "declaration";

  public static final Duration LONGEST = Duration.ofHours(12);

  /// Largest power that can be declared; no home has more.
  public static final long WATTS_MAX = 1_000_000;

  private static final String HEADER = "peermind declaration 1";
  private static final int LINES_MAX = 10;
  private static final Pattern POWER =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,6})?)\\s*(w|kw)?", Pattern.CASE_INSENSITIVE);
  private static final Pattern TIME =
      Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?)\\s*(h|min|m)", Pattern.CASE_INSENSITIVE);

  /// What is declared.
  public sealed interface What {
    /// A power until the declaration ends, in whole watts.
    record HandSet(long watts, SourceKind source) implements What {
      /// @throws IllegalArgumentException when no such power can be declared
      public HandSet {
        if (watts < 1 || watts > WATTS_MAX || !isDeclarable(source)) {
          throw new IllegalArgumentException("Such a power cannot be declared");
        }
      }
    }

    /// The schedule of the configuration holds.
    record Scheduled() implements What {}
  }

  /// @throws IllegalArgumentException when it would hold for no time or for more than 12 hours
  public Declaration {
    requireNonNull(what);
    at = at.truncatedTo(ChronoUnit.MILLIS);
    until = until.truncatedTo(ChronoUnit.MILLIS);
    Duration holds = Duration.between(at, until);
    if (!holds.isPositive() || holds.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("A declaration holds for 12 hours at most");
    }
  }

  /// Whether an owner's word can make it count. A battery's charge is computed, and what the grid
  /// or a generator gives is not renewable.
  public static boolean isDeclarable(SourceKind source) {
    return switch (source) {
      case PV, WIND, HYDRO -> true;
      case BATTERY, GRID, GENERATOR -> false;
    };
  }

  /// Reads a power as a person writes it, rounded down to whole watts.
  ///
  /// @throws SettingsException with one sentence
  public static long watts(String text) {
    Matcher matcher = POWER.matcher(text.strip());
    if (!matcher.matches()) {
      throw refused("'%s' is no power; write one such as 400W or 1.5kW.", text);
    }
    boolean kilo = "kw".equalsIgnoreCase(matcher.group(2));
    double watts = Double.parseDouble(matcher.group(1)) * (kilo ? 1e3 : 1);
    if (watts < 1) {
      throw refused("'%s' is no power; `peermind energy declare --off` ends a declaration.", text);
    }
    if (watts > WATTS_MAX) {
      throw refused("'%s' is more than the 1000 kW that can be declared.", text);
    }
    return (long) watts;
  }

  /// Reads for how long a declaration is to hold.
  ///
  /// @throws SettingsException with one sentence
  public static Duration duration(String text) {
    Matcher matcher = TIME.matcher(text.strip());
    if (!matcher.matches()) {
      throw refused("'%s' is no time; write one such as 4h or 90min.", text);
    }
    double unitSeconds = "h".equalsIgnoreCase(matcher.group(2)) ? 3_600 : 60;
    Duration duration =
        Duration.ofMillis(Math.round(Double.parseDouble(matcher.group(1)) * unitSeconds * 1_000));
    if (duration.compareTo(LONGEST) > 0) {
      throw refused(
          "A declaration holds for at most 12 hours, not %s; declare again when it ends.", text);
    }
    if (!duration.isPositive()) {
      throw refused("'%s' is no time; write one such as 4h or 90min.", text);
    }
    return duration;
  }

  /// Reads the source of declared power.
  ///
  /// @throws SettingsException with one sentence
  public static SourceKind source(String word) {
    for (SourceKind kind : SourceKind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
        if (!isDeclarable(kind)) {
          throw refused(
              "Declared power of a %s never counts; a source is pv, wind or hydro.", word);
        }
        return kind;
      }
    }
    throw refused("'%s' is no source; known are pv, wind and hydro.", word);
  }

  private static SettingsException refused(String sentence, String value) {
    String shown = value.length() <= 40 ? value : value.substring(0, 40) + "...";
    return new SettingsException(sentence.formatted(shown.replaceAll("\\p{Cntrl}", " ")));
  }

  /// The text of the file that keeps it, which [#read] reads.
  public String text() {
    String said =
        switch (what) {
          case What.HandSet(long watts, SourceKind source) ->
              "watts %d\nsource %s\n".formatted(watts, source.name().toLowerCase(Locale.ROOT));
          case What.Scheduled() -> "schedule confirmed\n";
        };
    return "%s\n%sat %s\nuntil %s\n".formatted(HEADER, said, at, until);
  }

  /// Reads what [#text] wrote.
  ///
  /// @throws IllegalArgumentException when the text is something else
  public static Declaration read(String text) {
    Map<String, String> values = new HashMap<>();
    text.lines()
        .limit(LINES_MAX)
        .map(line -> line.split(" ", 2))
        .filter(line -> line.length == 2)
        .forEach(line -> values.put(line[0], line[1]));
    if (!text.startsWith(HEADER + "\n")) {
      throw new IllegalArgumentException("It is no declaration");
    }
    try {
      What what =
          values.containsKey("schedule")
              ? new What.Scheduled()
              : new What.HandSet(
                  Long.parseLong(values.getOrDefault("watts", "")),
                  source(values.getOrDefault("source", "")));
      return new Declaration(
          what,
          Instant.parse(values.getOrDefault("at", "")),
          Instant.parse(values.getOrDefault("until", "")));
    } catch (DateTimeException | ArithmeticException | SettingsException wrong) {
      throw new IllegalArgumentException("It is no declaration", wrong);
    }
  }
}
