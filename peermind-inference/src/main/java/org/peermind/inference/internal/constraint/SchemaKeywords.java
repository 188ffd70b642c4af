// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// What each keyword of JSON Schema (2020-12, and `definitions` of older drafts) is to us.
final class SchemaKeywords {
  static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "example",
          "deprecated",
          "readOnly",
          "writeOnly",
          "$comment",
          "$schema",
          "$id",
          "$anchor",
          "$defs",
          "definitions",
          "contentMediaType",
          "contentEncoding",
          "contentSchema",
          "discriminator");

  private static final Set<String> ENFORCED =
      Set.of(
          "$ref",
          "allOf",
          "anyOf",
          "oneOf",
          "type",
          "enum",
          "const",
          "properties",
          "required",
          "additionalProperties",
          "minProperties",
          "maxProperties",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf");

  /// Keywords that cannot be enforced, with what else to do; a value that constrains nothing is let
  /// pass.
  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("not", "say what is allowed instead"),
          Map.entry("if", "use anyOf"),
          Map.entry("then", "use anyOf"),
          Map.entry("else", "use anyOf"),
          Map.entry("dependentSchemas", "use anyOf"),
          Map.entry("dependentRequired", "use anyOf"),
          Map.entry("dependencies", "use anyOf"),
          Map.entry("patternProperties", "use additionalProperties"),
          Map.entry("propertyNames", "name the properties"),
          Map.entry("unevaluatedProperties", "use additionalProperties"),
          Map.entry("unevaluatedItems", "use items"),
          Map.entry("additionalItems", "use prefixItems and items"),
          Map.entry("contains", "use items"),
          Map.entry("minContains", "use minItems"),
          Map.entry("maxContains", "use maxItems"),
          Map.entry("uniqueItems", "leave it out and check the answer"),
          Map.entry("nullable", "use a list of types with \"null\""),
          Map.entry("$dynamicRef", "use $ref"),
          Map.entry("$dynamicAnchor", "use $ref"),
          Map.entry("$recursiveRef", "use $ref"));

  private SchemaKeywords() {}

  /// @throws SchemaRefusal for the first keyword that cannot be enforced
  static void check(ObjectNode schema, String pointer) throws SchemaRefusal {
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      String keyword = entry.getKey();
      if (ENFORCED.contains(keyword) || ANNOTATIONS.contains(keyword) || keyword.startsWith("x-")) {
        continue;
      }
      String instead = REFUSED.get(keyword);
      if (instead == null) {
        throw refusal(shown(keyword), pointer, "is not known; leave it out");
      }
      boolean idle =
          (keyword.equals("uniqueItems") || keyword.equals("nullable"))
              && entry.getValue().isBoolean()
              && !entry.getValue().booleanValue();
      if (!idle) {
        throw refusal(keyword, pointer, "cannot be enforced; " + instead);
      }
    }
  }

  private static String shown(String keyword) {
    return keyword.matches("[A-Za-z0-9_$-]{1,40}") ? keyword : "with an unusual name";
  }

  static SchemaRefusal refusal(String keyword, String pointer, String fault) {
    return new SchemaRefusal(
        "The schema's keyword %s at %s %s.".formatted(keyword, pointer, fault));
  }

  /// Whether anything but annotations is in it.
  static boolean constrains(ObjectNode schema) {
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      if (ENFORCED.contains(entry.getKey())) {
        return true;
      }
    }
    return false;
  }

  /// A count such as `minItems`.
  static OptionalInt count(ObjectNode schema, String keyword, String pointer) throws SchemaRefusal {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return OptionalInt.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
      throw refusal(keyword, pointer, "must be a whole number from 0 to 2147483647");
    }
    return OptionalInt.of(value.intValue());
  }

  /// A number such as `minimum`, small enough to compute with.
  static Optional<BigDecimal> number(ObjectNode schema, String keyword, String pointer)
      throws SchemaRefusal {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber() || !DecimalRange.small(value.decimalValue())) {
      throw refusal(
          keyword, pointer, "must be a number of at most " + DecimalRange.DIGITS_MAX + " digits");
    }
    return Optional.of(value.decimalValue());
  }

  static Optional<String> text(ObjectNode schema, String keyword, String pointer)
      throws SchemaRefusal {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw refusal(keyword, pointer, "must be a string");
    }
    return Optional.of(value.textValue());
  }
}
