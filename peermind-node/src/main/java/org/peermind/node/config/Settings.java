// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One section of the configuration file. Every value is read once by its key; a value of the wrong
/// kind and a key that nobody reads are refused with a sentence that names them.
public final class Settings {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");

  private final String path;
  private final Map<String, Object> remaining;

  private Settings(String path, Map<String, Object> values) {
    this.path = path;
    this.remaining = new LinkedHashMap<>(values);
  }

  static Settings root(Map<String, Object> values) {
    return new Settings("", values);
  }

  /// The values that nobody has read yet, for modules that read their own section.
  public Map<String, Object> takeAll() {
    Map<String, Object> all = new LinkedHashMap<>(remaining);
    remaining.clear();
    return all;
  }

  /// The section named `key`; empty settings when it is absent.
  public Settings section(String key) throws ConfigException {
    return switch (remaining.remove(key)) {
      case null -> new Settings(path(key), Map.of());
      case Map<?, ?> map -> new Settings(path(key), Configuration.stringKeys(map, path(key)));
      case Object other -> throw wrong(key, "a section", other);
    };
  }

  /// Every section of the list named `key`.
  public List<Settings> sections(String key) throws ConfigException {
    List<Settings> sections = new ArrayList<>();
    for (Object element : list(key)) {
      if (!(element instanceof Map<?, ?> map)) {
        throw wrong(key, "a list of sections", element);
      }
      String name = path(key) + "[" + sections.size() + "]";
      sections.add(new Settings(name, Configuration.stringKeys(map, name)));
    }
    return sections;
  }

  public Optional<String> text(String key) throws ConfigException {
    return switch (remaining.remove(key)) {
      case null -> Optional.empty();
      case String text -> Optional.of(text);
      case Number number -> Optional.of(number.toString());
      case Object other -> throw wrong(key, "a text", other);
    };
  }

  public String text(String key, String otherwise) throws ConfigException {
    return text(key).orElse(otherwise);
  }

  public List<String> texts(String key) throws ConfigException {
    List<String> texts = new ArrayList<>();
    for (Object element : list(key)) {
      texts.add(String.valueOf(element));
    }
    return texts;
  }

  public boolean flag(String key, boolean otherwise) throws ConfigException {
    return switch (remaining.remove(key)) {
      case null -> otherwise;
      case Boolean flag -> flag;
      case String text when text.equals("true") || text.equals("false") -> text.equals("true");
      case Object other -> throw wrong(key, "true or false", other);
    };
  }

  public int integer(String key, int otherwise, int least, int most) throws ConfigException {
    OptionalDouble number = number(key, least, most);
    if (number.isPresent() && number.getAsDouble() != Math.rint(number.getAsDouble())) {
      throw wrong(key, "a whole number", number.getAsDouble());
    }
    return number.isPresent() ? (int) number.getAsDouble() : otherwise;
  }

  public OptionalDouble number(String key, double least, double most) throws ConfigException {
    Object value = remaining.remove(key);
    double number;
    switch (value) {
      case null -> {
        return OptionalDouble.empty();
      }
      case Number given -> number = given.doubleValue();
      case String text -> {
        try {
          number = Double.parseDouble(text);
        } catch (NumberFormatException notANumber) {
          throw wrong(key, "a number", text);
        }
      }
      default -> throw wrong(key, "a number", value);
    }
    if (!(number >= least && number <= most)) {
      throw wrong(key, "between " + plain(least) + " and " + plain(most), value);
    }
    return OptionalDouble.of(number);
  }

  /// A span such as `250ms`, `30s`, `10m` or `7d`.
  public Duration duration(String key, Duration otherwise) throws ConfigException {
    Optional<String> text = text(key);
    return text.isEmpty() ? otherwise : parseDuration(path(key), text.get());
  }

  /// Reads a span as people write it; `name` is what the sentence calls it when it is wrong.
  public static Duration parseDuration(String name, String text) throws ConfigException {
    Matcher matcher = DURATION.matcher(text.strip());
    if (!matcher.matches()) {
      throw new ConfigException(
          name + " is to be a time such as 30s, 10m or 7d, not " + text + ".");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  public Optional<Instant> instant(String key) throws ConfigException {
    return switch (remaining.remove(key)) {
      case null -> Optional.empty();
      // YAML reads a time without quotes as one.
      case Date date -> Optional.of(date.toInstant());
      case String text -> {
        try {
          yield Optional.of(Instant.parse(text));
        } catch (DateTimeParseException malformed) {
          throw wrong(key, "a time such as 2026-03-20T12:00:00Z", text);
        }
      }
      case Object other -> throw wrong(key, "a time such as 2026-03-20T12:00:00Z", other);
    };
  }

  /// Refuses what nobody has read, because a mistyped key would silently do nothing.
  public void refuseUnread() throws ConfigException {
    if (!remaining.isEmpty()) {
      throw new ConfigException(
          "The configuration has an unknown key \""
              + path(remaining.keySet().iterator().next())
              + "\".");
    }
  }

  private List<?> list(String key) throws ConfigException {
    return switch (remaining.remove(key)) {
      case null -> List.of();
      case List<?> list -> list;
      case String text -> List.of(text.split("\\s*,\\s*", -1));
      case Object other -> throw wrong(key, "a list", other);
    };
  }

  private ConfigException wrong(String key, String wanted, Object value) {
    String shown = value instanceof Map || value instanceof List ? "something else" : "" + value;
    return new ConfigException(path(key) + " is to be " + wanted + ", not " + shown + ".");
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }

  private String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
