// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.constraint.CallSyntax;

/// How a model is told of tools and writes its calls.
public enum ToolFormat {
  /// Hermes and Qwen: `<tool_call>` around a JSON object.
  HERMES("<tool_call>\n", "\n</tool_call>", "arguments", false),
  /// Llama 3: a bare JSON object with `parameters`.
  LLAMA("", "", "parameters", false),
  /// Mistral before its version 11: `[TOOL_CALLS]` and a JSON array.
  MISTRAL("[TOOL_CALLS]", "", "arguments", true),
  /// For templates that know no tools, or a form of calls that Peermind does not: the tools are
  /// described in the system message by a text of ours, and results come as the user's turns.
  GENERIC("<tool_call>\n", "\n</tool_call>", "arguments", false);

  static final String PROBE_NAME = "peermind_probe_function";
  private static final String NAME = "{\"name\": \"" + PROBE_NAME + "\", ";

  /// Short, because it takes room in every context, and those of small models are small.
  private static final String INTRODUCTION =
      """
      You can call these functions, one JSON object in each line:
      <tools>
      %s</tools>
      A call is the whole answer, in this form:
      <tool_call>
      {"name": "NAME", "arguments": {"parameter": "value"}}
      </tool_call>
      Call only when it helps.\
      """;

  private final String prefix;
  private final String suffix;
  private final String argumentsKey;
  private final boolean array;

  ToolFormat(String prefix, String suffix, String argumentsKey, boolean array) {
    this.prefix = prefix;
    this.suffix = suffix;
    this.argumentsKey = argumentsKey;
    this.array = array;
  }

  /// How a call is written.
  public CallSyntax syntax() {
    return new CallSyntax(prefix, suffix, "name", argumentsKey, array);
  }

  /// The format in which a template printed a call of [#PROBE_NAME], if it is one of the known.
  static Optional<ToolFormat> of(String rendered) {
    if (rendered.contains("<tool_call>\n" + NAME + "\"arguments\": {")) {
      return Optional.of(HERMES);
    }
    if (rendered.contains("[TOOL_CALLS][" + NAME + "\"arguments\": {")
        || rendered.contains("[TOOL_CALLS] [" + NAME + "\"arguments\": {")) {
      return Optional.of(MISTRAL);
    }
    boolean bare = rendered.contains("\n" + NAME + "\"parameters\": {");
    return bare ? Optional.of(LLAMA) : Optional.empty();
  }

  /// The conversation in the generic form.
  static List<ChatMessage> generic(Prompt.Chat chat) {
    List<ChatMessage> messages = new ArrayList<>();
    StringBuilder results = new StringBuilder();
    for (ChatMessage message : chat.messages()) {
      if (message.role().equals("tool")) {
        results
            .append(results.isEmpty() ? "" : "\n")
            .append("<tool_response>\n")
            .append(message.content())
            .append("\n</tool_response>");
        continue;
      }
      if (message.role().equals("user") && !results.isEmpty()) {
        results.append("\n\n").append(message.content());
        continue;
      }
      addResults(messages, results);
      messages.add(message.toolCalls().isEmpty() ? message : spelledOut(message));
    }
    addResults(messages, results);
    return withTools(messages, chat.tools());
  }

  private static void addResults(List<ChatMessage> messages, StringBuilder results) {
    if (!results.isEmpty()) {
      messages.add(new ChatMessage("user", results.toString()));
      results.setLength(0);
    }
  }

  private static ChatMessage spelledOut(ChatMessage message) {
    StringBuilder content = new StringBuilder(message.content());
    for (ToolCall call : message.toolCalls()) {
      content
          .append(content.isEmpty() ? "" : "\n")
          .append(GENERIC.prefix)
          .append("{\"name\": ")
          .append(json(Text.given(call.name())))
          .append(", \"arguments\": ")
          .append(call.argumentsJson().isBlank() ? "{}" : call.argumentsJson())
          .append('}')
          .append(GENERIC.suffix);
    }
    return new ChatMessage("assistant", content.toString());
  }

  private static List<ChatMessage> withTools(
      List<ChatMessage> messages, List<ToolDefinition> tools) {
    if (tools.isEmpty()) {
      return messages;
    }
    StringBuilder lines = new StringBuilder();
    for (Value tool : Conversation.tools(tools).items()) {
      lines.append(json(tool)).append('\n');
    }
    String system = INTRODUCTION.replace("%s", lines);
    if (!messages.isEmpty() && messages.getFirst().role().equals("system")) {
      messages.set(0, new ChatMessage("system", messages.getFirst().content() + "\n\n" + system));
    } else {
      messages.addFirst(new ChatMessage("system", system));
    }
    return messages;
  }

  private static String json(Value value) {
    return JsonText.of(value, Arguments.NONE, new Budget()).chars();
  }
}
