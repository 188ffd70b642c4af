// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.peermind.inference.Constraint;

/// Reads `response_format`: the form that the whole answer must have.
final class FormatReader {
  private static final String FIELD = "response_format";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final FieldRules PLAIN = FieldRules.only("type");
  private static final FieldRules WITH_SCHEMA = FieldRules.only("type", "json_schema");

  /// The name and the description are for the provider's own prompt; `strict` is what is done in
  /// any case.
  private static final FieldRules SCHEMA =
      new FieldRules(Set.of("name", "schema"), Set.of("description", "strict"), Map.of());

  private FormatReader() {}

  static Constraint read(JsonFields fields) throws RequestRefused {
    if (fields.optional(FIELD).isEmpty()) {
      return new Constraint.None();
    }
    JsonFields format = fields.object(FIELD);
    return switch (format.requiredText("type")) {
      case "text" -> plain(format, new Constraint.None());
      case "json_object" -> plain(format, new Constraint.JsonObject());
      case "json_schema" -> schema(format);
      default ->
          throw RequestRefused.field(
              format.shown("type"),
              "invalid_value",
              "%s must be text, json_object or json_schema.".formatted(format.shown("type")));
    };
  }

  private static Constraint plain(JsonFields format, Constraint constraint) throws RequestRefused {
    PLAIN.check(format);
    return constraint;
  }

  private static Constraint schema(JsonFields format) throws RequestRefused {
    WITH_SCHEMA.check(format);
    JsonFields wrapper = format.requiredObject("json_schema");
    SCHEMA.check(wrapper);
    if (!NAME.matcher(wrapper.requiredText("name")).matches()) {
      throw RequestRefused.field(
          wrapper.shown("name"),
          "invalid_value",
          "%s must have 1 to 64 letters, digits, underscores and hyphens."
              .formatted(wrapper.shown("name")));
    }
    wrapper.flag("strict");
    return new Constraint.JsonSchema(wrapper.requiredObject("schema").object().toString());
  }
}
