// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.spi.SettingsReader;

/// What a profile asks of a Modbus device.
///
/// @param unit in place of the connection's unit; empty for that one
/// @param ranges read one by one; a range is read at once where it fits
/// @param bases where to look for the SunSpec marker; empty when this is no SunSpec request
/// @param models SunSpec models that are read, the others are skipped
/// @param absentAllowed whether a range that the device does not have is left out
record ModbusRequest(
    OptionalInt unit,
    List<Range> ranges,
    List<Integer> bases,
    List<Integer> models,
    boolean absentAllowed) {
  private static final Pattern RANGE =
      Pattern.compile("(0x[0-9A-Fa-f]{1,4}|[0-9]{1,5})(?:\\.\\.(0x[0-9A-Fa-f]{1,4}|[0-9]{1,5}))?");
  private static final List<Integer> BASES = List.of(40_000, 50_000, 0);
  private static final int ADDRESS_MAX = 0xFFFF;
  private static final int RANGES_MAX = 100;
  private static final int REGISTERS_MAX = 4000;

  /// @param address of the first register
  record Range(RegisterKind kind, int address, int count) {}

  ModbusRequest {
    ranges = List.copyOf(ranges);
    bases = List.copyOf(bases);
    models = List.copyOf(models);
  }

  /// Reads the section and notes what is wrong with it.
  static ModbusRequest of(SettingsReader section) {
    OptionalInt unit = OptionalInt.empty();
    // A profile may leave the unit to an option of the owner, as in {meter_unit}.
    Optional<String> word = section.text("unit").filter(text -> !text.startsWith("{"));
    if (word.isPresent()) {
      unit = OptionalInt.of(unit(section, 0));
    }
    List<Range> ranges = new ArrayList<>();
    for (RegisterKind kind : RegisterKind.values()) {
      for (Object value : section.list(kind.word())) {
        range(section, kind, value.toString().strip()).ifPresent(ranges::add);
      }
    }
    if (ranges.size() > RANGES_MAX
        || ranges.stream().mapToInt(Range::count).sum() > REGISTERS_MAX) {
      section.problem("holding", "and input ask for more than 100 ranges or 4000 registers");
    }
    boolean absentAllowed = section.flag("absent-allowed", false);
    List<Integer> bases = new ArrayList<>();
    List<Integer> models = new ArrayList<>();
    Optional<SettingsReader> sunspec = section.section("sunspec");
    if (sunspec.isPresent()) {
      models.addAll(numbers(sunspec.get(), "models"));
      bases.addAll(numbers(sunspec.get(), "bases"));
      if (bases.isEmpty()) {
        bases.addAll(BASES);
      }
      if (models.isEmpty()) {
        sunspec.get().problem("models", "must list the models to read");
      }
    }
    if (sunspec.isPresent() != ranges.isEmpty()) {
      section.problem("holding", "or input must name registers, or sunspec models, but not both");
    }
    return new ModbusRequest(unit, ranges, bases, models, absentAllowed);
  }

  /// A unit within 0 and 247, as the serial line behind a gateway has them.
  static int unit(SettingsReader section, int otherwise) {
    long unit = section.whole("unit", otherwise);
    if (unit < 0 || unit > 247) {
      section.problem("unit", "must lie within 0 and 247");
      return otherwise;
    }
    return (int) unit;
  }

  private static Optional<Range> range(SettingsReader section, RegisterKind kind, String text) {
    Matcher matcher = RANGE.matcher(text);
    if (matcher.matches()) {
      int first = address(matcher.group(1));
      int last = matcher.group(2) == null ? first : address(matcher.group(2));
      if (first <= last && last <= ADDRESS_MAX) {
        return Optional.of(new Range(kind, first, last - first + 1));
      }
    }
    section.problem(
        kind.word(), "must list registers such as 37113 or 40000..40068, not '%s'".formatted(text));
    return Optional.empty();
  }

  private static int address(String text) {
    return text.startsWith("0x") ? Integer.parseInt(text, 2, text.length(), 16) : decimal(text);
  }

  private static int decimal(String text) {
    return Integer.parseInt(text);
  }

  private static List<Integer> numbers(SettingsReader section, String key) {
    TreeSet<Integer> seen = new TreeSet<>();
    List<Integer> numbers = new ArrayList<>();
    for (Object value : section.list(key)) {
      if (value instanceof Integer number && number >= 0 && number < ADDRESS_MAX) {
        if (seen.add(number)) {
          numbers.add(number);
        }
      } else {
        section.problem(key, "must be a list of numbers within 0 and 65534");
        return List.of();
      }
    }
    return numbers;
  }
}
