// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Watts;

/// Reads one section of the configuration: typed values with units, such as `45s`, `250 W`, `1.5
/// kW` or `20 %`; a plain number is in seconds, watts, watt-hours or percent.
///
/// A bad value is noted with its key and the default is returned, so that the owner sees all
/// mistakes at once; [#finish()] then refuses the section, naming keys that nobody asked for as
/// well.
public final class SettingsReader {
  private static final Pattern NUMBER_WITH_UNIT =
      Pattern.compile("\\s*([-+]?[0-9]{1,15}(?:\\.[0-9]{1,15})?)\\s*([A-Za-z%]*)\\s*");
  private static final Map<String, Double> NO_UNITS = Map.of("", 1.0);
  private static final Map<String, Double> WATTS = Map.of("", 1.0, "w", 1.0, "kw", 1e3);
  private static final Map<String, Double> WATT_HOURS = Map.of("", 1.0, "wh", 1.0, "kwh", 1e3);
  private static final Map<String, Double> JOULES = Map.of("", 1.0, "j", 1.0, "kj", 1e3);
  private static final Map<String, Double> PERCENT = Map.of("", 1.0, "%", 1.0, "percent", 1.0);
  private static final Map<String, Double> SECONDS =
      Map.of(
          "", 1.0, "ms", 1e-3, "s", 1.0, "sec", 1.0, "m", 60.0, "min", 60.0, "h", 3600.0, "d",
          86_400.0);
  private static final double SECONDS_MAX = 366 * 86_400.0;

  private final String path;
  private final Map<?, ?> values;
  private final List<String> problems;
  private final TreeSet<String> known = new TreeSet<>();
  private final SequencedMap<String, SettingsReader> sections = new LinkedHashMap<>();

  private SettingsReader(String path, Map<?, ?> values, List<String> problems) {
    this.path = path;
    this.values = values;
    this.problems = problems;
  }

  /// A reader of `values`, which errors call `path`, as in `energy.upper`.
  public static SettingsReader of(String path, Map<?, ?> values) {
    return new SettingsReader(path, values, new ArrayList<>());
  }

  public boolean has(String key) {
    known.add(key);
    return values.containsKey(key);
  }

  /// The value as it was read, null when it is not there; whoever takes it checks it.
  public @Nullable Object value(String key) {
    known.add(key);
    return values.get(key);
  }

  public String text(String key, String otherwise) {
    return text(key).orElse(otherwise);
  }

  public Optional<String> text(String key) {
    return scalar(key).map(Object::toString);
  }

  public Watts watts(String key, double otherwise) {
    return new Watts(quantity(key, otherwise, "a power such as 250 W or 1.5 kW", WATTS));
  }

  public double wattHours(String key, double otherwise) {
    return quantity(key, otherwise, "an energy such as 5 kWh", WATT_HOURS);
  }

  public double joules(String key, double otherwise) {
    return quantity(key, otherwise, "an energy such as 10 kJ", JOULES);
  }

  public double percent(String key, double otherwise) {
    double percent = quantity(key, otherwise, "a percentage such as 20 %", PERCENT);
    if (percent < 0 || percent > 100) {
      problem(key, "must lie within 0 and 100 %, not " + plain(percent));
      return otherwise;
    }
    return percent;
  }

  public double number(String key, double otherwise) {
    return quantity(key, otherwise, "a number", NO_UNITS);
  }

  /// A whole number, for seeds and counts.
  public long whole(String key, long otherwise) {
    Optional<Object> value = scalar(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      return Long.parseLong(value.get().toString().trim());
    } catch (NumberFormatException _) {
      problem(key, "must be a whole number, not '" + shortened(value.get()) + "'");
      return otherwise;
    }
  }

  public Duration duration(String key, Duration otherwise) {
    double seconds =
        quantity(key, otherwise.toNanos() / 1e9, "a duration such as 45s or 5 min", SECONDS);
    if (seconds < 0 || seconds > SECONDS_MAX) {
      problem(key, "must lie within 0 s and a year, not " + plain(seconds) + " s");
      return otherwise;
    }
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  public boolean flag(String key, boolean otherwise) {
    Optional<Object> value = scalar(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    return switch (value.get().toString().trim().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> {
        problem(key, "must be true or false, not '" + shortened(value.get()) + "'");
        yield otherwise;
      }
    };
  }

  /// A point in time such as `2026-06-21T05:00:00Z`.
  public Optional<Instant> instant(String key) {
    Optional<Object> value = scalar(key);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (value.get() instanceof java.util.Date date) { // what YAML makes of an unquoted timestamp
      return Optional.of(date.toInstant());
    }
    try {
      return Optional.of(Instant.parse(value.get().toString().trim()));
    } catch (DateTimeParseException _) {
      problem(
          key, "must be a time such as 2026-06-21T05:00:00Z, not '" + shortened(value.get()) + "'");
      return Optional.empty();
    }
  }

  /// The section under `key`; empty when it is not there.
  public Optional<SettingsReader> section(String key) {
    known.add(key);
    @Nullable Object value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof Map<?, ?> map)) {
      problem(key, "must be a section with keys of its own, not '" + shortened(value) + "'");
      return Optional.empty();
    }
    return Optional.of(
        sections.computeIfAbsent(key, _ -> new SettingsReader(path + "." + key, map, problems)));
  }

  /// The sections in the list under `key`, in order; empty when it is not there.
  public List<SettingsReader> sections(String key) {
    List<SettingsReader> all = new ArrayList<>();
    for (Object value : list(key)) {
      if (value instanceof Map<?, ?> map) {
        String name = key + "[" + all.size() + "]";
        all.add(
            sections.computeIfAbsent(
                name, _ -> new SettingsReader(path + "." + name, map, problems)));
      } else {
        problem(key, "must be a list of sections, not of '" + shortened(value) + "'");
        return List.of();
      }
    }
    return all;
  }

  /// The values in the list under `key`, in order; empty when it is not there.
  public List<Object> list(String key) {
    known.add(key);
    @Nullable Object value = values.get(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list) || list.stream().anyMatch(Objects::isNull)) {
      problem(key, "must be a list without gaps");
      return List.of();
    }
    return List.copyOf(list);
  }

  /// The members of the section under `key` as they were read, in order; empty when it is not
  /// there. Whoever takes them checks them.
  public SequencedMap<String, @Nullable Object> members(String key) {
    known.add(key);
    SequencedMap<String, @Nullable Object> members = new LinkedHashMap<>();
    @Nullable Object value = values.get(key);
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, member) -> members.put(String.valueOf(name), member));
    } else if (value != null) {
      problem(key, "must be a section with keys of its own, not '" + shortened(value) + "'");
    }
    return members;
  }

  /// The keys that are there, in order.
  public List<String> keys() {
    return values.keySet().stream().map(String::valueOf).toList();
  }

  /// Where this section stands, as in `energy.site`.
  public String path() {
    return path;
  }

  /// Notes that the value of `key` is wrong; `complaint` completes "energy.upper ...".
  public void problem(String key, String complaint) {
    problems.add(path + "." + key + " " + complaint + ".");
  }

  /// Refuses unknown keys and every problem noted so far, in this section and those below.
  ///
  /// @throws SettingsException with one sentence per problem
  public void finish() {
    collectUnknownKeys();
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
  }

  private void collectUnknownKeys() {
    for (Object key : values.keySet()) {
      if (!known.contains(String.valueOf(key))) {
        problems.add(
            "Unknown key '%s' in %s: known are %s."
                .formatted(shortened(key), path, String.join(", ", known)));
      }
    }
    sections.values().forEach(SettingsReader::collectUnknownKeys);
  }

  private Optional<Object> scalar(String key) {
    known.add(key);
    if (!values.containsKey(key)) {
      return Optional.empty();
    }
    @Nullable Object value = values.get(key);
    if (value == null) {
      problem(key, "is empty; give a value or remove the key");
      return Optional.empty();
    }
    if (value instanceof Map || value instanceof List) {
      problem(key, "must be a single value");
      return Optional.empty();
    }
    return Optional.of(value);
  }

  private double quantity(
      String key, double otherwise, String expected, Map<String, Double> units) {
    Optional<Object> value = scalar(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (value.get() instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    Matcher matcher = NUMBER_WITH_UNIT.matcher(value.get().toString());
    if (matcher.matches()) {
      @Nullable Double factor = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
      if (factor != null) {
        return Double.parseDouble(matcher.group(1)) * factor;
      }
    }
    problem(key, "must be " + expected + ", not '" + shortened(value.get()) + "'");
    return otherwise;
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String shortened(Object value) {
    String text = String.valueOf(value);
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }
}
