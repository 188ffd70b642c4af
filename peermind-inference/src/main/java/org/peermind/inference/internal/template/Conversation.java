// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.template.Value.Dict;
import org.peermind.inference.internal.template.Value.Seq;

/// A conversation in the form that templates read (that of Hugging Face's transformers). What
/// people and models wrote is given; names that this program chose are not.
final class Conversation {
  private Conversation() {}

  /// The variable `messages`; `argumentsAsText` for templates that print a call's arguments as they
  /// are.
  static Seq messages(List<ChatMessage> messages, boolean argumentsAsText) {
    Map<String, String> functions = new HashMap<>();
    List<Value> all = new ArrayList<>();
    for (ChatMessage message : messages) {
      Dict dict =
          new Dict()
              .put("role", Text.own(message.role()))
              .put("content", Text.given(message.content()));
      if (!message.toolCalls().isEmpty()) {
        List<Value> calls = new ArrayList<>();
        for (ToolCall call : message.toolCalls()) {
          functions.put(call.id(), call.name());
          calls.add(call(call, argumentsAsText));
        }
        dict.put("tool_calls", Seq.list(calls));
      }
      message
          .toolCallId()
          .ifPresent(
              id -> {
                dict.put("tool_call_id", Text.given(id));
                Optional.ofNullable(functions.get(id))
                    .ifPresent(name -> dict.put("name", Text.given(name)));
              });
      all.add(dict);
    }
    return Seq.list(all);
  }

  private static Dict call(ToolCall call, boolean argumentsAsText) {
    Value arguments =
        argumentsAsText ? Text.given(call.argumentsJson()) : arguments(call.argumentsJson());
    return new Dict()
        .put("id", Text.given(call.id()))
        .put("type", Text.own("function"))
        .put(
            "function",
            new Dict().put("name", Text.given(call.name())).put("arguments", arguments));
  }

  /// The arguments as a mapping; as text when a model wrote none.
  private static Value arguments(String json) {
    try {
      return JsonReader.read(json) instanceof Dict dict ? dict : Text.given(json);
    } catch (Refusal _) {
      return Text.given(json);
    }
  }

  /// The variable `tools`.
  ///
  /// @throws Refusal when a tool's parameters are no JSON object
  static Seq tools(List<ToolDefinition> tools) {
    List<Value> all = new ArrayList<>();
    for (ToolDefinition tool : tools) {
      Dict function =
          new Dict()
              .put("name", Text.given(tool.name()))
              .put("description", Text.given(tool.description()))
              .put("parameters", parameters(tool));
      all.add(new Dict().put("type", Text.own("function")).put("function", function));
    }
    return Seq.list(all);
  }

  private static Dict parameters(ToolDefinition tool) {
    String json = tool.parametersJson();
    try {
      if (json.isBlank()) {
        return new Dict();
      }
      if (JsonReader.read(json) instanceof Dict dict) {
        return dict;
      }
    } catch (Refusal _) {
      // The sentence below says it.
    }
    throw Refusal.because(
        "the parameters of the tool '%s' are no JSON object".formatted(tool.name()));
  }

  /// The messages for a template that knows no system role: what they say goes before the first
  /// user's message.
  static List<ChatMessage> withoutSystem(List<ChatMessage> messages) {
    List<ChatMessage> others = new ArrayList<>();
    StringBuilder system = new StringBuilder();
    for (ChatMessage message : messages) {
      if (message.role().equals("system")) {
        system.append(message.content()).append("\n\n");
      } else {
        others.add(message);
      }
    }
    if (system.isEmpty()) {
      return messages;
    }
    for (int i = 0; i < others.size(); i++) {
      if (others.get(i).role().equals("user")) {
        others.set(i, new ChatMessage("user", system + others.get(i).content()));
        return others;
      }
    }
    others.addFirst(new ChatMessage("user", system.toString().strip()));
    return others;
  }
}
