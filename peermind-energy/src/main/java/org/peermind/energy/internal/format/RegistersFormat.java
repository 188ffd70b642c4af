// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SettingsReader;

/// Modbus registers that the profile gives names to.
///
/// In the profile: `points` with `name: ADDRESS TYPE`, as in `soc: 13022 uint16 * 0.1`, or a
/// section with `address`, `type`, `kind` (holding or input), `words` (high-first or low-first),
/// `scale`, `scale-register`, `length` (of a string) and `nan` (values that mean "not known").
/// `kind` and `words` may be given once for all points. The document has the points by name; those
/// that were not read, or that the device marks as not known, are left out.
final class RegistersFormat implements AnswerFormat {
  private static final Pattern SHORT =
      Pattern.compile(
          "(0x[0-9A-Fa-f]{1,4}|[0-9]{1,5})\\s+([a-z]+[0-9]*)(?:\\s*\\*\\s*([0-9]*\\.?[0-9]+))?");
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,39}");
  private static final int ADDRESS_MAX = 0xFFFF;
  private static final int STRING_MAX = 64;

  private final List<Point> points;

  /// @param scaleRegister address of the power of ten, null when there is none
  /// @param unknown raw values that mean "not known", beside those of the type
  private record Point(
      String name,
      RegisterKind kind,
      int address,
      RegisterType type,
      int width,
      boolean lowWordFirst,
      double scale,
      @Nullable Integer scaleRegister,
      Set<Long> unknown) {
    Point {
      unknown = Set.copyOf(unknown);
    }
  }

  private RegistersFormat(List<Point> points) {
    this.points = List.copyOf(points);
  }

  /// @param section the answer's section of the profile
  static RegistersFormat create(SettingsReader section) {
    RegisterKind kind = kind(section, RegisterKind.HOLDING);
    boolean lowFirst = lowWordFirst(section, false);
    List<Point> points = new ArrayList<>();
    Optional<SettingsReader> named = section.section("points");
    if (named.isEmpty() || named.get().keys().isEmpty()) {
      section.problem("points", "must name at least one register");
      return new RegistersFormat(points);
    }
    SettingsReader all = named.get();
    section
        .members("points")
        .forEach(
            (name, value) -> {
              if (!NAME.matcher(name).matches()) {
                all.problem(name, "is no name of letters, digits and _");
              } else if (value instanceof Map<?, ?>) {
                all.section(name)
                    .flatMap(point -> point(name, point, kind, lowFirst))
                    .ifPresent(points::add);
              } else {
                shortPoint(name, all, kind, lowFirst).ifPresent(points::add);
              }
            });
    return new RegistersFormat(points);
  }

  private static Optional<Point> shortPoint(
      String name, SettingsReader section, RegisterKind kind, boolean lowFirst) {
    Matcher matcher = SHORT.matcher(section.text(name, "").strip());
    Optional<RegisterType> type =
        matcher.matches() ? RegisterType.of(matcher.group(2)) : Optional.empty();
    if (type.isEmpty() || Integer.decode(decimal(matcher.group(1))) > ADDRESS_MAX) {
      section.problem(
          name, "must be an address and a type, such as 37113 int32 or 13022 uint16 * 0.1");
      return Optional.empty();
    }
    double scale = matcher.group(3) == null ? 1 : Double.parseDouble(matcher.group(3));
    return Optional.of(
        new Point(
            name,
            kind,
            Integer.decode(decimal(matcher.group(1))),
            type.get(),
            type.get().width(),
            lowFirst,
            scale,
            null,
            Set.of()));
  }

  /// Without the leading zeros that would make it octal.
  private static String decimal(String address) {
    return address.startsWith("0x") ? address : address.replaceFirst("^0+(?=.)", "");
  }

  private static Optional<Point> point(
      String name, SettingsReader section, RegisterKind kind, boolean lowFirst) {
    long address = section.whole("address", -1);
    if (address < 0 || address > ADDRESS_MAX) {
      section.problem("address", "must be the register's number within 0 and 65535");
    }
    Optional<RegisterType> type = RegisterType.of(section.text("type", ""));
    if (type.isEmpty()) {
      section.problem("type", "must be one of " + String.join(", ", RegisterType.words()));
    }
    long length = section.whole("length", type.map(RegisterType::width).orElse(1));
    if (length < 1 || length > STRING_MAX) {
      section.problem("length", "must lie within 1 and 64 registers");
    }
    long scaleRegister = section.whole("scale-register", -1);
    if (scaleRegister > ADDRESS_MAX) {
      section.problem("scale-register", "must be the register's number within 0 and 65535");
    }
    Set<Long> unknown = new HashSet<>();
    for (Object value : section.list("nan")) {
      if (value instanceof Number number) {
        unknown.add(number.longValue());
      } else {
        section.problem("nan", "must be a list of whole numbers");
      }
    }
    RegisterKind own = kind(section, kind);
    boolean ownLowFirst = lowWordFirst(section, lowFirst);
    double scale = section.number("scale", 1);
    return type.map(
        known ->
            new Point(
                name,
                own,
                (int) address,
                known,
                known == RegisterType.STRING ? (int) length : known.width(),
                ownLowFirst,
                scale,
                scaleRegister < 0 ? null : (int) scaleRegister,
                unknown));
  }

  private static RegisterKind kind(SettingsReader section, RegisterKind otherwise) {
    Optional<RegisterKind> kind = RegisterKind.of(section.text("kind", otherwise.word()));
    if (kind.isEmpty()) {
      section.problem("kind", "must be holding or input");
    }
    return kind.orElse(otherwise);
  }

  private static boolean lowWordFirst(SettingsReader section, boolean otherwise) {
    String words = section.text("words", otherwise ? "low-first" : "high-first");
    if (!words.equals("low-first") && !words.equals("high-first")) {
      section.problem("words", "must be high-first or low-first");
    }
    return words.equals("low-first");
  }

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    return document(Registers.read(answer));
  }

  /// The points of what was read; other formats that come down to registers use it, too.
  Map<String, Object> document(Registers registers) {
    Map<String, Object> document = new LinkedHashMap<>();
    for (Point point : points) {
      Object value = value(registers, point);
      if (value != null) {
        document.put(point.name(), value);
      }
    }
    return document;
  }

  private static @Nullable Object value(Registers registers, Point point) {
    Optional<List<Integer>> read = registers.words(point.kind(), point.address(), point.width());
    if (read.isEmpty()) {
      return null;
    }
    boolean turned = point.lowWordFirst() && point.type() != RegisterType.STRING;
    Object value = point.type().value(turned ? read.get().reversed() : read.get());
    if (!(value instanceof Number number)
        || (number instanceof Long whole && point.unknown().contains(whole))) {
      return value instanceof Number ? null : value;
    }
    if (point.scaleRegister() == null) {
      return point.scale() == 1 ? number : (Object) scaled(number, point.scale());
    }
    OptionalInt word = registers.at(point.kind(), point.scaleRegister());
    Optional<Integer> power =
        word.isEmpty() ? Optional.empty() : RegisterType.scaleFactor(word.getAsInt());
    return power
        .map(p -> (Object) scaled(SunSpecFormat.scaled(number, p), point.scale()))
        .orElse(null);
  }

  private static double scaled(Number number, double scale) {
    return new BigDecimal(number.toString()).multiply(BigDecimal.valueOf(scale)).doubleValue();
  }
}
