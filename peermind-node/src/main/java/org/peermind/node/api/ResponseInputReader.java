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
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;

/// Reads the conversation of a request to the Responses API: `instructions`, and `input` as a text
/// or as items. Calls are items of their own there; they become part of the assistant's message
/// that they follow, which is how chat templates know them.
final class ResponseInputReader {
  /// A message may be followed by several calls and their results.
  private static final int ITEMS_MAX = 512;

  private static final int PARTS_MAX = 64;

  /// Clients send the items of an answer back as they got them.
  private static final Set<String> OF_AN_ANSWER = Set.of("id", "status");

  private static final FieldRules MESSAGE =
      new FieldRules(Set.of("type", "role", "content"), Set.of("id", "status", "phase"), Map.of());
  private static final FieldRules CALL =
      new FieldRules(Set.of("type", "call_id", "name", "arguments"), OF_AN_ANSWER, Map.of());
  private static final FieldRules RESULT =
      new FieldRules(Set.of("type", "call_id", "output"), OF_AN_ANSWER, Map.of());
  private static final FieldRules PART =
      new FieldRules(Set.of("type", "text"), Set.of("annotations", "logprobs"), Map.of());

  private final List<ChatMessage> messages = new ArrayList<>();

  private ResponseInputReader() {}

  static List<ChatMessage> read(JsonFields fields) throws RequestRefused {
    ResponseInputReader reader = new ResponseInputReader();
    Optional<String> instructions = fields.optionalText("instructions");
    if (!instructions.orElse("").isEmpty()) {
      reader.messages.add(new ChatMessage("system", instructions.orElseThrow()));
    }
    JsonNode input = fields.required("input");
    if (input.isTextual()) {
      reader.messages.add(new ChatMessage("user", fields.requiredText("input")));
    } else {
      reader.items(fields.requiredArray("input", 1, ITEMS_MAX));
    }
    if (reader.messages.size() > Prompt.Chat.MESSAGES_MAX) {
      throw RequestRefused.field(
          "input",
          "invalid_value",
          "input must make at most %d messages, with the instructions."
              .formatted(Prompt.Chat.MESSAGES_MAX));
    }
    return List.copyOf(reader.messages);
  }

  private void items(List<JsonNode> items) throws RequestRefused {
    for (int i = 0; i < items.size(); i++) {
      String where = "input[" + i + "]";
      JsonFields item = JsonFields.of(items.get(i), where);
      switch (item.optionalText("type").orElse("message")) {
        case "message" -> message(item);
        case "function_call" -> call(item);
        case "function_call_output" -> result(item);
        case "item_reference" ->
            throw unsupported(
                where,
                "as a reference: this node keeps no items; send the item itself, as clients do with"
                    + " store false");
        default ->
            throw unsupported(
                where, "here: items are message, function_call and function_call_output");
      }
    }
  }

  private static RequestRefused unsupported(String shown, String why) {
    return RequestRefused.field(
        shown, "unsupported_parameter", "%s is not supported %s.".formatted(shown, why));
  }

  /// Many chat templates know one message of the system, at the beginning: what directly follows
  /// the instructions joins them.
  private void message(JsonFields item) throws RequestRefused {
    MESSAGE.check(item);
    String role = role(item);
    String content = text(item, "content");
    boolean joins =
        role.equals("system")
            && messages.size() == 1
            && messages.getFirst().role().equals("system");
    if (joins) {
      messages.set(0, new ChatMessage(role, messages.getFirst().content() + "\n\n" + content));
    } else {
      messages.add(new ChatMessage(role, content));
    }
  }

  private static String role(JsonFields item) throws RequestRefused {
    String role = item.requiredText("role");
    return switch (role) {
      case "system", "developer" -> "system";
      case "user", "assistant" -> role;
      default ->
          throw RequestRefused.field(
              item.shown("role"),
              "invalid_value",
              "%s must be system, developer, user or assistant.".formatted(item.shown("role")));
    };
  }

  private void call(JsonFields item) throws RequestRefused {
    CALL.check(item);
    ToolCall call =
        new ToolCall(
            item.requiredText("call_id", ToolCall.ID_CHARACTERS_MAX),
            item.requiredText("name", ToolCall.NAME_CHARACTERS_MAX),
            item.requiredText("arguments"));
    boolean follows = !messages.isEmpty() && messages.getLast().role().equals("assistant");
    ChatMessage before = follows ? messages.removeLast() : new ChatMessage("assistant", "");
    if (before.toolCalls().size() == ChatMessage.TOOL_CALLS_MAX) {
      throw RequestRefused.field(
          item.where(),
          "invalid_value",
          "%s must not be more than the %dth call of one turn."
              .formatted(item.where(), ChatMessage.TOOL_CALLS_MAX));
    }
    List<ToolCall> calls = new ArrayList<>(before.toolCalls());
    calls.add(call);
    messages.add(new ChatMessage("assistant", before.content(), calls, Optional.empty()));
  }

  private void result(JsonFields item) throws RequestRefused {
    RESULT.check(item);
    String callId = item.requiredText("call_id", ToolCall.ID_CHARACTERS_MAX);
    messages.add(new ChatMessage("tool", text(item, "output"), List.of(), Optional.of(callId)));
  }

  private static String text(JsonFields item, String field) throws RequestRefused {
    if (item.required(field).isTextual()) {
      return item.requiredText(field);
    }
    List<JsonNode> parts = item.requiredArray(field, 1, PARTS_MAX);
    StringJoiner text = new StringJoiner("\n");
    for (int i = 0; i < parts.size(); i++) {
      text.add(part(JsonFields.of(parts.get(i), item.shown(field) + "[" + i + "]")));
    }
    return text.toString();
  }

  private static String part(JsonFields part) throws RequestRefused {
    String type = part.requiredText("type");
    boolean isText = type.equals("input_text") || type.equals("output_text");
    if (!isText) {
      throw unsupported(part.where(), "here: items carry text only, as input_text or output_text");
    }
    PART.check(part);
    return part.requiredText("text");
  }
}
