// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;

/// Templates of ours in the shapes that real ones have, conversations, and what Jinja2 3.1 makes of
/// them under transformers' settings (nothing where it refuses).
final class Shapes {
  private Shapes() {}

  static String template(String name) {
    return resource(name + ".jinja");
  }

  /// The renderings of each template, by conversation.
  static Map<String, Map<String, Optional<String>>> expected() {
    Map<String, Map<String, Optional<String>>> all = new LinkedHashMap<>();
    entries(JsonReader.read(resource("expected.json")))
        .forEach(
            (name, renderings) -> {
              Map<String, Optional<String>> texts = new LinkedHashMap<>();
              entries(renderings)
                  .forEach(
                      (title, text) ->
                          texts.put(
                              title,
                              text instanceof Text rendered
                                  ? Optional.of(rendered.chars())
                                  : Optional.empty()));
              all.put(name, texts);
            });
    return all;
  }

  /// The variables of each conversation, as an API's client writes them.
  static Map<String, Map<String, Value>> conversations() {
    Map<String, Map<String, Value>> all = new LinkedHashMap<>();
    entries(JsonReader.read(resource("conversations.json")))
        .forEach((title, conversation) -> all.put(title, entries(conversation)));
    return all;
  }

  static Prompt.Chat chat(String title) {
    Map<String, Value> conversation = Objects.requireNonNull(conversations().get(title));
    List<ChatMessage> messages = new ArrayList<>();
    for (Value message : items(conversation.get("messages"))) {
      messages.add(message(entries(message)));
    }
    List<ToolDefinition> tools = new ArrayList<>();
    for (Value tool : items(conversation.get("tools"))) {
      Map<String, Value> function = entries(entries(tool).get("function"));
      tools.add(
          new ToolDefinition(
              chars(function.get("name")),
              chars(function.get("description")),
              json(function.get("parameters"))));
    }
    return new Prompt.Chat(messages, tools);
  }

  private static ChatMessage message(Map<String, Value> message) {
    List<ToolCall> calls = new ArrayList<>();
    for (Value call : items(message.get("tool_calls"))) {
      Map<String, Value> function = entries(entries(call).get("function"));
      calls.add(
          new ToolCall(
              chars(entries(call).get("id")),
              chars(function.get("name")),
              json(function.get("arguments"))));
    }
    return new ChatMessage(
        chars(message.get("role")),
        chars(message.get("content")),
        calls,
        Optional.ofNullable(message.get("tool_call_id")).map(Shapes::chars));
  }

  private static String json(@Nullable Value value) {
    return JsonText.of(Objects.requireNonNull(value), Arguments.NONE, new Budget()).chars();
  }

  private static String chars(@Nullable Value value) {
    return ((Text) Objects.requireNonNull(value)).chars();
  }

  private static List<Value> items(@Nullable Value value) {
    return value instanceof Value.Seq seq ? seq.items() : List.of();
  }

  private static Map<String, Value> entries(@Nullable Value value) {
    Map<String, Value> entries = new LinkedHashMap<>();
    ((Value.Dict) Objects.requireNonNull(value))
        .entries()
        .forEach((key, entry) -> entries.put(chars(key), entry));
    return entries;
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(Shapes.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
