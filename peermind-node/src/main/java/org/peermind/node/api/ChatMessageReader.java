// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.peermind.inference.ChatMessage;

/// Reads one message of a conversation. Text only: pictures, sound, files and tool calls are
/// refused by name.
final class ChatMessageReader {
  private static final int PARTS_MAX = 64;

  /// `name` tells participants apart for models trained on it, which ours are not.
  private static final Set<String> USED_OR_IGNORED = Set.of("role", "content", "name");

  /// Clients send an answer back as they got it, with these fields null or empty.
  private static final Set<String> EMPTY_ONLY =
      Set.of("refusal", "annotations", "audio", "tool_calls", "function_call", "tool_call_id");

  private ChatMessageReader() {}

  /// @param where the message's place, for the error
  static ChatMessage read(JsonNode message, String where) throws RequestRefused {
    JsonFields fields = JsonFields.of(message, where);
    for (Map.Entry<String, JsonNode> field : fields.present()) {
      String name = field.getKey();
      if (EMPTY_ONLY.contains(name)) {
        if (!field.getValue().isContainerNode() || !field.getValue().isEmpty()) {
          throw unsupported(fields.shown(name));
        }
      } else if (!USED_OR_IGNORED.contains(name)) {
        throw RequestRefused.field(
            fields.shown(name),
            "unknown_parameter",
            "%s is not a field this API knows.".formatted(fields.shown(name)));
      }
    }
    return new ChatMessage(role(fields), content(fields, where + ".content"));
  }

  private static String role(JsonFields fields) throws RequestRefused {
    String role = fields.requiredText("role");
    return switch (role) {
      case "system", "developer" -> "system";
      case "user", "assistant" -> role;
      default ->
          throw RequestRefused.field(
              fields.shown("role"),
              "invalid_value",
              "%s must be system, developer, user or assistant.".formatted(fields.shown("role")));
    };
  }

  private static String content(JsonFields fields, String where) throws RequestRefused {
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
    for (Map.Entry<String, JsonNode> field : fields.present()) {
      String name = field.getKey();
      if (!name.equals("type") && !name.equals("text")) {
        throw unsupported(fields.shown(name));
      }
    }
    return fields.requiredText("text");
  }

  private static RequestRefused unsupported(String shown) {
    return RequestRefused.field(
        shown,
        "unsupported_parameter",
        "%s is not supported: messages carry text only.".formatted(shown));
  }
}
