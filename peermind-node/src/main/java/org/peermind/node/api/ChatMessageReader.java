// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.ToolCall;
import org.peermind.node.api.FieldRules.Neutral;

/// Reads one message of a conversation. Text and calls of tools only: pictures, sound and files are
/// refused by name.
final class ChatMessageReader {
  private static final int PARTS_MAX = 64;
  private static final String TEXT_ONLY = "here: messages carry text only";

  /// Clients send an answer back as they got it, with fields null or empty. `name` tells
  /// participants apart for models trained on it, which ours are not.
  private static final FieldRules MESSAGE =
      new FieldRules(
          Set.of("role", "content", "tool_calls", "tool_call_id"),
          Set.of("name"),
          Map.of(
              "refusal", Neutral.of(FieldRules::isEmpty, TEXT_ONLY),
              "annotations", Neutral.of(FieldRules::isEmpty, TEXT_ONLY),
              "audio", Neutral.of(FieldRules::isEmpty, TEXT_ONLY),
              "function_call", Neutral.of(FieldRules::isEmpty, "any more: use tool_calls")));

  private static final FieldRules PART = new FieldRules(Set.of("type", "text"), Set.of(), Map.of());
  private static final FieldRules CALL =
      new FieldRules(Set.of("id", "type", "function"), Set.of("index"), Map.of());
  private static final FieldRules FUNCTION = FieldRules.only("name", "arguments");

  private ChatMessageReader() {}

  /// @param where the message's place, for the error
  static ChatMessage read(JsonNode message, String where) throws RequestRefused {
    JsonFields fields = JsonFields.of(message, where);
    MESSAGE.check(fields);
    String role = role(fields);
    List<ToolCall> calls = toolCalls(fields, role);
    return new ChatMessage(
        role, content(fields, where + ".content", !calls.isEmpty()), calls, answered(fields, role));
  }

  private static String role(JsonFields fields) throws RequestRefused {
    String role = fields.requiredText("role");
    return switch (role) {
      case "system", "developer" -> "system";
      case "user", "assistant", "tool" -> role;
      default ->
          throw RequestRefused.field(
              fields.shown("role"),
              "invalid_value",
              "%s must be system, developer, user, assistant or tool."
                  .formatted(fields.shown("role")));
    };
  }

  private static String content(JsonFields fields, String where, boolean optional)
      throws RequestRefused {
    if (optional && fields.optional("content").isEmpty()) {
      return "";
    }
    JsonNode content = fields.required("content");
    if (content.isTextual()) {
      return JsonFields.wholeText(content.textValue(), where);
    }
    List<JsonNode> parts = fields.requiredArray("content", 1, PARTS_MAX);
    // A line break between parts, as llama.cpp's own server does.
    StringJoiner text = new StringJoiner("\n");
    for (int i = 0; i < parts.size(); i++) {
      text.add(part(parts.get(i), where + "[" + i + "]"));
    }
    return text.toString();
  }

  private static String part(JsonNode part, String where) throws RequestRefused {
    JsonFields fields = JsonFields.of(part, where);
    if (!fields.requiredText("type").equals("text")) {
      throw unsupported(where);
    }
    PART.check(fields);
    return fields.requiredText("text");
  }

  private static RequestRefused unsupported(String shown) {
    return RequestRefused.field(
        shown,
        "unsupported_parameter",
        "%s is not supported: messages carry text only.".formatted(shown));
  }

  private static List<ToolCall> toolCalls(JsonFields fields, String role) throws RequestRefused {
    List<JsonNode> nodes = fields.optionalArray("tool_calls", ChatMessage.TOOL_CALLS_MAX);
    if (!nodes.isEmpty() && !role.equals("assistant")) {
      throw RequestRefused.field(
          fields.shown("tool_calls"),
          "invalid_value",
          "%s must stand in an assistant's message.".formatted(fields.shown("tool_calls")));
    }
    List<ToolCall> calls = new ArrayList<>(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      calls.add(toolCall(JsonFields.of(nodes.get(i), fields.shown("tool_calls") + "[" + i + "]")));
    }
    return calls;
  }

  private static ToolCall toolCall(JsonFields call) throws RequestRefused {
    CALL.check(call);
    if (!call.requiredText("type").equals("function")) {
      throw RequestRefused.field(
          call.shown("type"),
          "unsupported_parameter",
          "%s is not supported but as function.".formatted(call.shown("type")));
    }
    JsonFields function = call.requiredObject("function");
    FUNCTION.check(function);
    return new ToolCall(
        call.requiredText("id", ToolCall.ID_CHARACTERS_MAX),
        function.requiredText("name", ToolCall.NAME_CHARACTERS_MAX),
        function.requiredText("arguments"));
  }

  /// Which call a tool's message answers.
  private static Optional<String> answered(JsonFields fields, String role) throws RequestRefused {
    if (role.equals("tool")) {
      return Optional.of(fields.requiredText("tool_call_id", ToolCall.ID_CHARACTERS_MAX));
    }
    if (fields.optional("tool_call_id").isPresent()) {
      throw RequestRefused.field(
          fields.shown("tool_call_id"),
          "invalid_value",
          "%s must stand in a tool's message.".formatted(fields.shown("tool_call_id")));
    }
    return Optional.empty();
  }
}
