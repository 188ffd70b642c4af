// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The fields of a JSON object in a request, read by type. Refusals name the field and never quote
/// its value.
///
/// @param where the object's own place, empty for the body itself
record JsonFields(JsonNode object, String where) {
  /// A JSON Schema may nest 32 levels deep, within a few levels of the request.
  private static final int DEPTH_MAX = 40;

  private static final int MODEL_CHARACTERS_MAX = 100;
  private static final int TOKENS_MAX = 20_000;
  private static final int NUMBER_CHARACTERS_MAX = 64;
  private static final int NAME_CHARACTERS_MAX = 256;
  private static final Pattern SHOWABLE_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  /// Strict: no duplicate field, nothing after the object, bounded depth, tokens and numbers. Names
  /// are not interned, because strangers choose them.
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxTokenCount(TOKENS_MAX)
                          .maxNumberLength(NUMBER_CHARACTERS_MAX)
                          .maxNameLength(NAME_CHARACTERS_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // A schema is sent on; its numbers must not change on their way.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  static JsonFields parse(byte[] body) throws RequestRefused {
    return of(tree(decode(body)), "");
  }

  private static String decode(byte[] body) throws RequestRefused {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException notUtf8) {
      throw malformed("The body is not UTF-8.");
    }
  }

  private static JsonNode tree(String json) throws RequestRefused {
    @Nullable JsonNode tree;
    try {
      tree = MAPPER.readTree(json);
    } catch (JsonProcessingException broken) {
      JsonLocation at = broken.getLocation();
      throw malformed(
          at == null
              ? "The body is not JSON that this API reads."
              : "The body is not JSON that this API reads: see line %d, column %d."
                  .formatted(at.getLineNr(), at.getColumnNr()));
    }
    if (tree == null || tree.isMissingNode()) {
      throw malformed("The body is empty; send a JSON object.");
    }
    return tree;
  }

  private static RequestRefused malformed(String sentence) {
    return new RequestRefused(ApiError.invalid(400, "invalid_json", sentence));
  }

  static JsonFields of(JsonNode node, String where) throws RequestRefused {
    if (!node.isObject()) {
      throw where.isEmpty()
          ? malformed("The body must be a JSON object.")
          : RequestRefused.field(where, "invalid_type", where + " must be an object.");
    }
    return new JsonFields(node, where);
  }

  /// The fields that are not null.
  List<Map.Entry<String, JsonNode>> present() {
    return object.properties().stream().filter(field -> !field.getValue().isNull()).toList();
  }

  /// A field's place as an error may show it: a name that does not look like one is left out, since
  /// it may be a prompt that slipped.
  String shown(String name) {
    String safe = SHOWABLE_NAME.matcher(name).matches() ? name : "(a field)";
    return where.isEmpty() ? safe : where + "." + safe;
  }

  JsonNode required(String name) throws RequestRefused {
    JsonNode value = object.get(name);
    if (value == null || value.isNull()) {
      throw RequestRefused.field(
          shown(name), "missing_required_parameter", shown(name) + " is missing.");
    }
    return value;
  }

  /// Empty when absent.
  Optional<JsonNode> optional(String name) {
    return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
  }

  JsonFields requiredObject(String name) throws RequestRefused {
    return of(required(name), shown(name));
  }

  /// The name of the model that is asked for.
  String model() throws RequestRefused {
    String model = requiredText("model");
    if (model.isBlank() || model.length() > MODEL_CHARACTERS_MAX) {
      throw RequestRefused.field(
          "model",
          "invalid_value",
          "model must be a name of 1 to %d characters.".formatted(MODEL_CHARACTERS_MAX));
    }
    return model;
  }

  /// Empty when absent.
  Optional<String> optionalText(String name) throws RequestRefused {
    Optional<JsonNode> value = optional(name);
    return value.isEmpty() ? Optional.empty() : Optional.of(text(value.get(), shown(name)));
  }

  String requiredText(String name) throws RequestRefused {
    return text(required(name), shown(name));
  }

  /// Not empty, and not longer than this.
  String requiredText(String name, int charactersMax) throws RequestRefused {
    String text = requiredText(name);
    if (text.isEmpty() || text.length() > charactersMax) {
      throw RequestRefused.field(
          shown(name),
          "invalid_value",
          "%s must have 1 to %d characters.".formatted(shown(name), charactersMax));
    }
    return text;
  }

  private static String text(JsonNode value, String shown) throws RequestRefused {
    if (!value.isTextual()) {
      throw wrongType(shown, "a string");
    }
    return wholeText(value.textValue(), shown);
  }

  /// Refuses text that has no UTF-8 form: `\ud83d` without its other half.
  static String wholeText(String text, String shown) throws RequestRefused {
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (Character.isHighSurrogate(unit)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(unit)) {
        throw RequestRefused.field(
            shown, "invalid_value", shown + " contains half of a surrogate pair.");
      }
    }
    return text;
  }

  List<JsonNode> requiredArray(String name, int sizeMin, int sizeMax) throws RequestRefused {
    return array(required(name), shown(name), sizeMin, sizeMax);
  }

  /// No elements when absent.
  List<JsonNode> optionalArray(String name, int sizeMax) throws RequestRefused {
    Optional<JsonNode> value = optional(name);
    return value.isEmpty() ? List.of() : array(value.get(), shown(name), 0, sizeMax);
  }

  private static List<JsonNode> array(JsonNode value, String shown, int sizeMin, int sizeMax)
      throws RequestRefused {
    if (!value.isArray()) {
      throw wrongType(shown, "an array");
    }
    if (value.size() < sizeMin || value.size() > sizeMax) {
      throw RequestRefused.field(
          shown,
          "invalid_value",
          "%s must have %d to %d elements.".formatted(shown, sizeMin, sizeMax));
    }
    List<JsonNode> elements = new ArrayList<>(value.size());
    value.forEach(elements::add);
    return elements;
  }

  /// A string or an array of them; none when absent.
  List<String> textOrTexts(String name, int sizeMax) throws RequestRefused {
    JsonNode value = object.get(name);
    if (value == null || value.isNull()) {
      return List.of();
    }
    if (value.isTextual()) {
      return List.of(text(value, shown(name)));
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : array(value, shown(name), 0, sizeMax)) {
      texts.add(text(element, shown(name)));
    }
    return texts;
  }

  /// An object, empty when absent.
  JsonFields object(String name) throws RequestRefused {
    JsonNode value = object.get(name);
    return value == null || value.isNull()
        ? new JsonFields(MAPPER.createObjectNode(), shown(name))
        : of(value, shown(name));
  }

  /// False when absent.
  boolean flag(String name) throws RequestRefused {
    return flag(name, false);
  }

  boolean flag(String name, boolean absent) throws RequestRefused {
    JsonNode value = object.get(name);
    if (value == null || value.isNull()) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw wrongType(shown(name), "true or false");
    }
    return value.booleanValue();
  }

  double number(String name, double absent, double min, double max) throws RequestRefused {
    JsonNode value = object.get(name);
    if (value == null || value.isNull()) {
      return absent;
    }
    if (!value.isNumber()) {
      throw wrongType(shown(name), "a number");
    }
    double number = value.doubleValue();
    if (!(number >= min && number <= max)) {
      throw RequestRefused.field(
          shown(name),
          "invalid_value",
          "%s must lie between %s and %s.".formatted(shown(name), plain(min), plain(max)));
    }
    return number;
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
  }

  OptionalLong integer(String name, long min, long max) throws RequestRefused {
    JsonNode value = object.get(name);
    if (value == null || value.isNull()) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber()) {
      throw wrongType(shown(name), "an integer");
    }
    if (!value.canConvertToLong() || value.longValue() < min || value.longValue() > max) {
      throw RequestRefused.field(
          shown(name),
          "invalid_value",
          "%s must be an integer from %d to %d.".formatted(shown(name), min, max));
    }
    return OptionalLong.of(value.longValue());
  }

  private static RequestRefused wrongType(String shown, String wanted) {
    return RequestRefused.field(shown, "invalid_type", "%s must be %s.".formatted(shown, wanted));
  }

  static int utf8Bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
