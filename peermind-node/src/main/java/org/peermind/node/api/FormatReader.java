// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.peermind.inference.Constraint;

/// Reads the form that the whole answer must have: `response_format` of a chat, which wraps a
/// schema once more, and `text.format` of the Responses API, which does not.
final class FormatReader {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final FieldRules PLAIN = FieldRules.only("type");
  private static final FieldRules WITH_SCHEMA = FieldRules.only("type", "json_schema");

  /// The name and the description are for the provider's own prompt; `strict` is what is done in
  /// any case.
  private static final FieldRules SCHEMA =
      new FieldRules(Set.of("name", "schema"), Set.of("description", "strict"), Map.of());

  private static final FieldRules TYPED_SCHEMA =
      new FieldRules(Set.of("type", "name", "schema"), Set.of("description", "strict"), Map.of());

  private FormatReader() {}

  /// Of a chat.
  static Constraint ofChat(JsonFields fields) throws RequestRefused {
    return read(fields, "response_format", true);
  }

  /// @param text the object `text`, which may be empty
  static Constraint ofResponses(JsonFields text) throws RequestRefused {
    return read(text, "format", false);
  }

  private static Constraint read(JsonFields fields, String field, boolean wrapped)
      throws RequestRefused {
    if (fields.optional(field).isEmpty()) {
      return new Constraint.None();
    }
    JsonFields format = fields.object(field);
    return switch (format.requiredText("type")) {
      case "text" -> plain(format, new Constraint.None());
      case "json_object" -> plain(format, new Constraint.JsonObject());
      case "json_schema" -> wrapped ? wrapped(format) : schema(format, TYPED_SCHEMA);
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

  private static Constraint wrapped(JsonFields format) throws RequestRefused {
    WITH_SCHEMA.check(format);
    return schema(format.requiredObject("json_schema"), SCHEMA);
  }

  private static Constraint schema(JsonFields wrapper, FieldRules rules) throws RequestRefused {
    rules.check(wrapper);
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
