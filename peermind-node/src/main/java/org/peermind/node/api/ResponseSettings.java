// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.peermind.inference.Constraint;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolDefinition;
import org.peermind.node.query.Query;

/// What a response object says about how it was made. It repeats what was done, which need not be
/// what was asked: nothing is stored, arguments and formats are always held to their schemas, and
/// tools that may not be called are left out. Everything repeated is bounded here or by the checks
/// of the question, for a stream repeats it three times.
final class ResponseSettings {
  private static final int LABEL_CHARACTERS_MAX = 512;
  private static final int METADATA_MAX = 16;
  private static final int METADATA_NAME_CHARACTERS_MAX = 64;

  private final StringBuilder members = new StringBuilder();

  private ResponseSettings() {}

  /// @param query read from these fields
  /// @return members of an object, without its braces
  static String json(JsonFields fields, Query query) throws RequestRefused {
    ResponseSettings settings = new ResponseSettings();
    OptionalLong tokensMax = fields.integer("max_output_tokens", 1, Integer.MAX_VALUE);
    settings
        .member("background", "false")
        .member("frequency_penalty", Double.toString(query.sampling().frequencyPenalty()))
        .member("instructions", ApiJson.quotedOrNull(fields.optionalText("instructions")))
        .member(
            "max_output_tokens",
            tokensMax.isPresent() ? Long.toString(tokensMax.getAsLong()) : "null")
        .member("max_tool_calls", "null")
        .member("metadata", metadata(fields.object("metadata")))
        .member("parallel_tool_calls", Boolean.toString(fields.flag("parallel_tool_calls", true)))
        .member("presence_penalty", Double.toString(query.sampling().presencePenalty()))
        .member("previous_response_id", "null")
        .member("prompt_cache_key", label(fields, "prompt_cache_key"))
        .member("reasoning", "{\"effort\":null,\"summary\":null}")
        .member("safety_identifier", label(fields, "safety_identifier"))
        .member("service_tier", "\"default\"")
        .member("store", "false")
        .member("temperature", Double.toString(query.sampling().temperature()))
        .member("text", "{\"format\":" + format(fields, query.constraint()) + "}")
        .member("tool_choice", toolChoice(fields, query.constraint()))
        .member("tools", tools(query.prompt()))
        .member("top_logprobs", Integer.toString(query.topLogprobs().orElse(0)))
        .member("top_p", Double.toString(query.sampling().topP()))
        .member("truncation", "\"disabled\"")
        .member("user", label(fields, "user"));
    return settings.members.toString();
  }

  private ResponseSettings member(String name, String json) {
    members.append(members.isEmpty() ? "\"" : ",\"").append(name).append("\":").append(json);
    return this;
  }

  private static String label(JsonFields fields, String name) throws RequestRefused {
    Optional<String> label = fields.optionalText(name);
    if (label.isPresent() && label.get().length() > LABEL_CHARACTERS_MAX) {
      throw RequestRefused.field(
          name,
          "invalid_value",
          "%s must have at most %d characters.".formatted(name, LABEL_CHARACTERS_MAX));
    }
    return ApiJson.quotedOrNull(label);
  }

  private static String metadata(JsonFields metadata) throws RequestRefused {
    List<Map.Entry<String, JsonNode>> entries = metadata.present();
    if (entries.size() > METADATA_MAX) {
      throw RequestRefused.field(
          "metadata",
          "invalid_value",
          "metadata must have at most %d entries.".formatted(METADATA_MAX));
    }
    StringBuilder json = new StringBuilder("{");
    for (Map.Entry<String, JsonNode> entry : entries) {
      boolean isLabel =
          entry.getKey().length() <= METADATA_NAME_CHARACTERS_MAX
              && entry.getValue().isTextual()
              && entry.getValue().textValue().length() <= LABEL_CHARACTERS_MAX;
      if (!isLabel) {
        throw RequestRefused.field(
            "metadata",
            "invalid_value",
            "metadata must map names of at most %d characters to texts of at most %d."
                .formatted(METADATA_NAME_CHARACTERS_MAX, LABEL_CHARACTERS_MAX));
      }
      json.append(json.length() == 1 ? "" : ",")
          .append(ApiJson.quoted(JsonFields.wholeText(entry.getKey(), "metadata")))
          .append(':')
          .append(ApiJson.quoted(JsonFields.wholeText(entry.getValue().textValue(), "metadata")));
    }
    return json.append('}').toString();
  }

  private static String format(JsonFields fields, Constraint constraint) throws RequestRefused {
    return switch (constraint) {
      case Constraint.None _, Constraint.Tools _ -> "{\"type\":\"text\"}";
      case Constraint.JsonObject _ -> "{\"type\":\"json_object\"}";
      case Constraint.JsonSchema(String schema) ->
          "{\"type\":\"json_schema\",\"name\":"
              + ApiJson.quoted(fields.object("text").object("format").requiredText("name"))
              + ",\"description\":null,\"schema\":"
              + schema
              + ",\"strict\":true}";
    };
  }

  private static String toolChoice(JsonFields fields, Constraint constraint) {
    return switch (constraint) {
      case Constraint.Tools tools when tools.only().isPresent() ->
          "{\"type\":\"function\",\"name\":" + ApiJson.quoted(tools.only().get()) + "}";
      case Constraint.Tools tools -> tools.required() ? "\"required\"" : "\"auto\"";
      case Constraint.None _, Constraint.JsonObject _, Constraint.JsonSchema _ ->
          fields.optional("tool_choice").isEmpty() ? "\"auto\"" : untouched(fields);
    };
  }

  /// Nothing may be called: then the choice is a word that was checked.
  private static String untouched(JsonFields fields) {
    boolean isNone = fields.optional("tool_choice").filter(FieldRules.oneOf("none")).isPresent();
    return isNone ? "\"none\"" : "\"auto\"";
  }

  private static String tools(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Chat chat ->
          "[" + String.join(",", chat.tools().stream().map(ResponseSettings::tool).toList()) + "]";
      case Prompt.Text _ -> "[]";
    };
  }

  private static String tool(ToolDefinition tool) {
    return "{\"type\":\"function\",\"name\":"
        + ApiJson.quoted(tool.name())
        + ",\"description\":"
        + (tool.description().isEmpty() ? "null" : ApiJson.quoted(tool.description()))
        + ",\"parameters\":"
        + tool.parametersJson()
        + ",\"strict\":true}";
  }
}
