// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.manual;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Declaration;
import org.peermind.energy.spi.SettingsReader;

/// The hours at which an owner expects power, by the clock on the wall. Where entries overlap, the
/// smaller power counts.
record Schedule(List<Entry> entries) {
  private static final int ENTRIES_MAX = 100;

  Schedule {
    entries = List.copyOf(entries);
  }

  /// @param days on which it begins
  /// @param to when it ends, on the next day when it is not after `from`
  record Entry(Set<DayOfWeek> days, LocalTime from, LocalTime to, long watts) {
    Entry {
      days = Set.copyOf(days);
    }

    boolean covers(ZonedDateTime at) {
      LocalTime time = at.toLocalTime();
      DayOfWeek day = at.getDayOfWeek();
      if (from.isBefore(to)) {
        return days.contains(day) && !time.isBefore(from) && time.isBefore(to);
      }
      return (days.contains(day) && !time.isBefore(from))
          || (days.contains(day.minus(1)) && time.isBefore(to));
    }
  }

  /// The watts of that moment; empty when no entry covers it.
  OptionalLong wattsAt(ZonedDateTime at) {
    return entries.stream().filter(entry -> entry.covers(at)).mapToLong(Entry::watts).min();
  }

  /// Reads the list `schedule`; what is wrong is noted.
  static Schedule read(SettingsReader settings) {
    List<Entry> entries = new ArrayList<>();
    for (SettingsReader section : settings.sections("schedule")) {
      LocalTime from = time(section, "from");
      LocalTime to = time(section, "to");
      double watts = section.watts("watts", Double.NaN).value();
      Set<DayOfWeek> days = days(section);
      if (!(watts >= 1 && watts <= Declaration.WATTS_MAX)) {
        section.problem("watts", "must be a power of 1 W to 1000 kW, as in 400 W");
      } else if (from != null && to != null) {
        if (from.equals(to)) {
          section.problem("to", "must be another time than from");
        } else {
          entries.add(new Entry(days, from, to, (long) watts));
        }
      }
    }
    if (entries.size() > ENTRIES_MAX) {
      settings.problem("schedule", "must not have more than " + ENTRIES_MAX + " entries");
      return new Schedule(List.of());
    }
    return new Schedule(entries);
  }

  /// YAML reads an unquoted 10:00 as the number 600, which is the minute of the day.
  private static @Nullable LocalTime time(SettingsReader section, String key) {
    Object value = section.value(key);
    String text =
        value instanceof Integer minutes && minutes >= 60 && minutes <= 24 * 60
            ? "%02d:%02d".formatted(minutes / 60, minutes % 60)
            : String.valueOf(value);
    try {
      return LocalTime.parse(text.equals("24:00") ? "00:00" : text);
    } catch (DateTimeParseException _) {
      section.problem(
          key,
          value == null
              ? "is missing; write a time such as 10:00"
              : "must be a time such as 10:00, not '%s'".formatted(value));
      return null;
    }
  }

  private static Set<DayOfWeek> days(SettingsReader section) {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (Object value : section.list("days")) {
      String[] ends = value.toString().toLowerCase(Locale.ROOT).split("-", 2);
      DayOfWeek first = day(ends[0]);
      DayOfWeek last = day(ends[ends.length - 1]);
      if (first == null || last == null) {
        section.problem("days", "must list days such as mon, or mon-fri, not '" + value + "'");
        continue;
      }
      for (DayOfWeek day = first; ; day = day.plus(1)) {
        days.add(day);
        if (day == last) {
          break;
        }
      }
    }
    return days.isEmpty() ? EnumSet.allOf(DayOfWeek.class) : days;
  }

  private static @Nullable DayOfWeek day(String word) {
    for (DayOfWeek day : DayOfWeek.values()) {
      String name = day.name().toLowerCase(Locale.ROOT);
      if (name.equals(word) || name.substring(0, 3).equals(word)) {
        return day;
      }
    }
    return null;
  }
}
