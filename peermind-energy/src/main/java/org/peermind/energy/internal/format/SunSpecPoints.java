// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// SunSpec points that another program has read and named already, in JSON; the document is that of
/// [SunSpecFormat].
///
/// Understood are a list of models (`{"models":[{"ID":103,"W":2970,"W_SF":0}]}`, as the SunSpec
/// Alliance's own tools write it; points may also stand under `points`, as a map or a list of
/// `{"name","value"}`), models by number (`{"103":{"W":2970}}`), and points with the model's number
/// in their name (`{"103:W":2970}`, `{"160:3:DCW":40}`). A whole number beside its scale factor is
/// a raw value and is scaled; marks of raw values that are not implemented are left out.
final class SunSpecPoints {
  private static final Pattern NUMBERED = Pattern.compile("\\D{0,20}([0-9]{1,5})");
  private static final Pattern PATH =
      Pattern.compile("\\D{0,20}([0-9]{1,5})[:./](?:([0-9]{1,3})[:./])?([A-Za-z]\\w{0,39})");
  private static final List<String> ID_KEYS = List.of("ID", "id", "model_id", "model", "did");
  private static final int BLOCKS_MAX = 100;

  private SunSpecPoints() {}

  static Object document(Object json) throws UnreadableAnswer {
    Object unit = json instanceof Map<?, ?> map ? map.get("unit_id") : null;
    List<Object> models = new ArrayList<>();
    collect(json, models, 0);
    if (models.isEmpty()) {
      throw new UnreadableAnswer("the answer names no SunSpec model");
    }
    if (models.size() > SunSpecFormat.MODELS_MAX) {
      throw new UnreadableAnswer(
          "the answer lists more than %d models".formatted(SunSpecFormat.MODELS_MAX));
    }
    return Map.of("unit", unit instanceof Number number ? number : 1, "models", models);
  }

  private static void collect(Object json, List<Object> models, int depth) {
    switch (json) {
      case List<?> list -> list.forEach(element -> collectNested(element, models, depth));
      case Map<?, ?> map when map.containsKey("models") ->
          collectNested(map.get("models"), models, depth);
      case Map<?, ?> map when id(map).isPresent() -> add(id(map).get(), map, models);
      case Map<?, ?> map -> {
        Map<Integer, Map<String, Object>> byPath = new TreeMap<>();
        map.forEach(
            (key, value) -> {
              Matcher numbered = NUMBERED.matcher(String.valueOf(key));
              Matcher path = PATH.matcher(String.valueOf(key));
              if (path.matches()) {
                byPath(byPath, path, value);
              } else if (numbered.matches()) {
                int id = Integer.parseInt(numbered.group(1));
                List<?> several = value instanceof List<?> list ? list : List.of(value);
                several.stream()
                    .filter(Map.class::isInstance)
                    .map(Map.class::cast)
                    .forEach(model -> add(id, model, models));
              } else {
                collectNested(value, models, depth);
              }
            });
        byPath.forEach((id, points) -> add(id, points, models));
      }
      default -> {}
    }
  }

  private static void collectNested(@Nullable Object json, List<Object> models, int depth) {
    if (json != null && depth < 4) {
      collect(json, models, depth + 1);
    }
  }

  private static void byPath(Map<Integer, Map<String, Object>> byPath, Matcher path, Object value) {
    int id = Integer.parseInt(path.group(1));
    Map<String, Object> points = byPath.computeIfAbsent(id, _ -> new LinkedHashMap<>());
    Optional<SunSpecModels.Model> model = SunSpecModels.of(id);
    SunSpecModels.Block block = model.map(SunSpecModels.Model::block).orElse(null);
    if (path.group(2) == null || block == null) {
      points.put(path.group(3), value);
      return;
    }
    int index = Integer.parseInt(path.group(2));
    if (index < 1 || index > BLOCKS_MAX) {
      return;
    }
    if (points.computeIfAbsent(block.name(), _ -> new ArrayList<Object>())
        instanceof List<?> parts) {
      List<Object> all = new ArrayList<>(parts);
      while (all.size() < index) {
        all.add(new LinkedHashMap<String, Object>());
      }
      Map<String, Object> part = named(all.get(index - 1));
      part.put(path.group(3), value);
      all.set(index - 1, part);
      points.put(block.name(), all);
    }
  }

  private static Optional<Integer> id(Map<?, ?> map) {
    for (String key : ID_KEYS) {
      Object value = map.get(key);
      Matcher matcher =
          NUMBERED.matcher(
              value instanceof Map<?, ?> point
                  ? String.valueOf(point.get("value"))
                  : String.valueOf(value));
      if (value != null && matcher.matches()) {
        return Optional.of(Integer.parseInt(matcher.group(1)));
      }
    }
    return Optional.empty();
  }

  private static void add(int id, Map<?, ?> json, List<Object> models) {
    Optional<SunSpecModels.Model> model = SunSpecModels.of(id);
    if (model.isEmpty()) {
      if (id != SunSpecFormat.END) {
        models.add(Map.of("id", id));
      }
      return;
    }
    Map<String, Object> given = named(json);
    Object nested = given.get("points");
    if (nested != null) {
      given.putAll(named(nested));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("id", id);
    points(model.get().points(), given, given, document);
    SunSpecModels.Block block = model.get().block();
    if (block != null) {
      List<Object> parts = new ArrayList<>();
      Object several = given.get(block.name());
      if (several == null) {
        several = given.get("blocks");
      }
      if (several instanceof List<?> list) {
        for (Object element : list.subList(0, Math.min(BLOCKS_MAX, list.size()))) {
          Map<String, Object> part = new LinkedHashMap<>();
          part.put("nr", parts.size() + 1);
          points(block.points(), named(element), given, part);
          parts.add(part);
        }
      }
      document.put(block.name(), parts);
    }
    models.add(document);
  }

  /// The members of a map, or of a list of `{"name": ..., "value": ...}`.
  private static Map<String, Object> named(Object json) {
    Map<String, Object> named = new LinkedHashMap<>();
    if (json instanceof Map<?, ?> map) {
      map.forEach((key, value) -> named.put(String.valueOf(key), value));
    } else if (json instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof Map<?, ?> point) {
          Object name = point.get("name") == null ? point.get("id") : point.get("name");
          Object value = point.get("value");
          if (name != null && value != null) {
            named.put(name.toString(), value);
          }
        }
      }
    }
    return named;
  }

  private static void points(
      List<SunSpecModels.Point> points,
      Map<String, Object> given,
      Map<String, Object> fixed,
      Map<String, Object> into) {
    for (SunSpecModels.Point point : points) {
      Object value = value(given.get(point.name()));
      if (value == null || point.type() == RegisterType.SUNSSF) {
        continue;
      }
      Object known = known(point, value, fixed);
      if (known != null) {
        into.put(point.name(), known);
      }
    }
  }

  private static @Nullable Object value(@Nullable Object given) {
    return given instanceof Map<?, ?> map ? map.get("value") : given;
  }

  private static @Nullable Object known(
      SunSpecModels.Point point, Object value, Map<String, Object> fixed) {
    if (point.type() == RegisterType.STRING) {
      return value.toString();
    }
    BigDecimal number = number(value);
    if (number == null) {
      return null;
    }
    boolean whole = number.stripTrailingZeros().scale() <= 0;
    if (whole && unimplemented(point, number)) {
      return null;
    }
    Object factor =
        point.scaleFactor() == null ? null : value(fixed.get(String.valueOf(point.scaleFactor())));
    BigDecimal power = factor == null ? null : number(factor);
    if (factor == null || !whole) {
      return number.doubleValue();
    }
    return power == null || power.abs().compareTo(BigDecimal.TEN) > 0
        ? null
        : (Object) SunSpecFormat.scaled(number, power.intValue());
  }

  /// Whether the raw value is the type's mark for "not implemented".
  private static boolean unimplemented(SunSpecModels.Point point, BigDecimal number) {
    if (number.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0) {
      return true;
    }
    long raw = number.longValue();
    return switch (point.type()) {
      case INT16, SUNSSF -> raw == Short.MIN_VALUE;
      case UINT16, ENUM16, BITFIELD16 -> raw == 0xFFFF;
      case INT32 -> raw == Integer.MIN_VALUE;
      case UINT32, ENUM32, BITFIELD32 -> raw == 0xFFFF_FFFFL;
      case INT64, UINT64, ACC32, ACC64, FLOAT32, FLOAT64, STRING -> false;
    };
  }

  private static @Nullable BigDecimal number(Object value) {
    try {
      return switch (value) {
        case Double real when !Double.isFinite(real) -> null;
        case Number number -> new BigDecimal(number.toString());
        case String text when !text.isBlank() && text.length() <= 40 ->
            small(new BigDecimal(text.strip()));
        default -> null;
      };
    } catch (NumberFormatException word) {
      return null;
    }
  }

  /// Without the exponents that would make a number of gigabytes of digits.
  private static @Nullable BigDecimal small(BigDecimal number) {
    return Math.abs((long) number.precision() - number.scale()) > 40 ? null : number;
  }
}
