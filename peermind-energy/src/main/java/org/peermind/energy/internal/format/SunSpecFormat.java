// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The registers of a SunSpec device (SunSpec Device Information Model Specification, section 6):
/// marker, then models with ID and length, to the end ID or to where the reading ended.
///
/// Points that another program has read and named are understood, too: [SunSpecPoints].
///
/// The document is `{unit, models: [{id, length, W: 2970, ...}]}`: points by their SunSpec names,
/// scaled, without those that the device does not implement, and what repeats (`module`, `Prt`) as
/// a list whose elements also carry their number `nr` from 1 on. Models that we do not know, and
/// those that the transport left out, are skipped.
final class SunSpecFormat implements AnswerFormat {
  static final List<Integer> BASES = List.of(40_000, 50_000, 0);
  static final int END = 0xFFFF;
  static final int MODELS_MAX = 200;
  private static final int MARKER_HIGH = 0x5375;
  private static final int MARKER_LOW = 0x6E53;
  private static final int HEADER = 2;

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    Object json = JsonFormat.read(answer);
    if (!Registers.isMeantBy(json)) {
      return SunSpecPoints.document(json);
    }
    Registers registers = Registers.of(json);
    for (RegisterKind kind : RegisterKind.values()) {
      OptionalInt marker = marker(registers, kind);
      if (marker.isPresent()) {
        return Map.of(
            "unit", registers.unit(), "models", models(registers, kind, marker.getAsInt()));
      }
    }
    throw new UnreadableAnswer("the registers carry no SunSpec marker");
  }

  private static OptionalInt marker(Registers registers, RegisterKind kind) {
    List<Integer> candidates = new ArrayList<>(BASES);
    candidates.addAll(registers.addresses(kind));
    return candidates.stream()
        .filter(
            base ->
                is(registers.at(kind, base), MARKER_HIGH)
                    && is(registers.at(kind, base + 1), MARKER_LOW))
        .mapToInt(Integer::intValue)
        .findFirst();
  }

  private static boolean is(OptionalInt register, int word) {
    return register.isPresent() && register.getAsInt() == word;
  }

  private static List<Object> models(Registers registers, RegisterKind kind, int marker)
      throws UnreadableAnswer {
    List<Object> models = new ArrayList<>();
    int address = marker + HEADER;
    for (int count = 0; count < MODELS_MAX; count++) {
      OptionalInt id = registers.at(kind, address);
      OptionalInt length = registers.at(kind, address + 1);
      if (id.isEmpty() || id.getAsInt() == END || length.isEmpty()) {
        return models;
      }
      int next = address + HEADER + length.getAsInt();
      Optional<SunSpecModels.Model> model = SunSpecModels.of(id.getAsInt());
      boolean read = registers.at(kind, address + HEADER).isPresent();
      if (model.isPresent() && read && length.getAsInt() > 0) {
        if (registers.words(kind, address, next - address).isEmpty()) {
          throw new UnreadableAnswer("the registers end within model " + id.getAsInt());
        }
        models.add(model(registers, kind, address, next - address, model.get()));
      }
      address = next;
    }
    throw new UnreadableAnswer("the device lists more than %d models".formatted(MODELS_MAX));
  }

  private static Map<String, Object> model(
      Registers registers, RegisterKind kind, int address, int size, SunSpecModels.Model model) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("id", registers.at(kind, address).orElseThrow());
    document.put("length", size - HEADER);
    Map<String, Integer> scales = new HashMap<>();
    for (SunSpecModels.Point point : model.points()) {
      if (point.type() == RegisterType.SUNSSF && point.offset() < size) {
        RegisterType.scaleFactor(registers.at(kind, address + point.offset()).orElseThrow())
            .ifPresent(power -> scales.put(point.name(), power));
      }
    }
    points(
        model.points(),
        size,
        scales,
        point -> registers.words(kind, address + point.offset(), point.width()),
        document);
    SunSpecModels.Block block = model.block();
    if (block != null) {
      List<Object> blocks = new ArrayList<>();
      int fitting = Math.max(0, (size - block.first()) / block.length());
      int told = document.get(block.count()) instanceof Number number ? number.intValue() : fitting;
      for (int i = 0; i < Math.min(fitting, told); i++) {
        int first = address + block.first() + i * block.length();
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("nr", i + 1);
        points(
            block.points(),
            block.length(),
            scales,
            point -> registers.words(kind, first + point.offset(), point.width()),
            part);
        blocks.add(part);
      }
      document.put(block.name(), blocks);
    }
    return document;
  }

  /// Where the registers of a point come from.
  @FunctionalInterface
  private interface Source {
    Optional<List<Integer>> words(SunSpecModels.Point point);
  }

  private static void points(
      List<SunSpecModels.Point> points,
      int size,
      Map<String, Integer> scales,
      Source source,
      Map<String, Object> into) {
    for (SunSpecModels.Point point : points) {
      if (point.type() == RegisterType.SUNSSF || point.offset() + point.width() > size) {
        continue;
      }
      Object value = source.words(point).map(point.type()::value).orElse(null);
      Object scaled = value == null ? null : scaled(value, point.scaleFactor(), scales);
      if (scaled != null) {
        into.put(point.name(), scaled);
      }
    }
  }

  private static @Nullable Object scaled(
      Object value, @Nullable String scaleFactor, Map<String, Integer> scales) {
    if (scaleFactor == null || !(value instanceof Number number)) {
      return value;
    }
    Integer power = scales.get(scaleFactor);
    return power == null ? null : (Object) scaled(number, power);
  }

  /// `number` times ten to the `power`, without the rounding of binary fractions.
  static double scaled(Number number, int power) {
    return new BigDecimal(number.toString()).scaleByPowerOfTen(power).doubleValue();
  }
}
