// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.peermind.inference.Constraint;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolDefinition;

/// Reads the functions that an answer may call. A chat puts what describes or names a function into
/// an object `function` of its own; the Responses API puts it beside the type.
final class ToolsReader {
  private static final ToolsReader CHAT =
      new ToolsReader(
          true,
          FieldRules.only("type", "function"),
          new FieldRules(Set.of("name", "description", "parameters"), Set.of("strict"), Map.of()));
  private static final ToolsReader RESPONSES =
      new ToolsReader(
          false,
          FieldRules.only("type", "name"),
          new FieldRules(
              Set.of("type", "name", "description", "parameters"), Set.of("strict"), Map.of()));

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final FieldRules CHOSEN = FieldRules.only("name");
  private static final String NO_PARAMETERS = "{\"type\":\"object\",\"properties\":{}}";
  private final boolean nested;

  /// Of an object with a type, which holds a function or names one.
  private final FieldRules typed;

  /// What `strict` asks for is done in any case: arguments are held to their schema.
  private final FieldRules described;

  private ToolsReader(boolean nested, FieldRules typed, FieldRules described) {
    this.nested = nested;
    this.typed = typed;
    this.described = described;
  }

  static ToolsReader ofChat() {
    return CHAT;
  }

  static ToolsReader ofResponses() {
    return RESPONSES;
  }

  /// What was said about tools.
  ///
  /// @param shown to the model; none when it must not call any
  /// @param constraint [Constraint.Tools] when it may or must call some
  record Read(List<ToolDefinition> shown, Constraint constraint) {
    private static final Read NONE = new Read(List.of(), new Constraint.None());
  }

  Read read(JsonFields fields) throws RequestRefused {
    List<ToolDefinition> tools = tools(fields);
    Optional<JsonNode> choice = fields.optional("tool_choice");
    if (tools.isEmpty()) {
      boolean harmless = choice.isEmpty() || FieldRules.oneOf("none", "auto").test(choice.get());
      if (!harmless) {
        throw RequestRefused.field(
            "tool_choice", "invalid_value", "tool_choice needs tools to choose from.");
      }
      return Read.NONE;
    }
    boolean parallel = fields.flag("parallel_tool_calls", true);
    if (choice.isEmpty()) {
      return may(tools, parallel);
    }
    if (choice.get().isTextual()) {
      return switch (choice.get().textValue()) {
        case "none" -> Read.NONE;
        case "auto" -> may(tools, parallel);
        case "required" ->
            new Read(tools, new Constraint.Tools(tools, Optional.empty(), true, parallel));
        default ->
            throw RequestRefused.field(
                "tool_choice",
                "invalid_value",
                "tool_choice must be none, auto, required or a function.");
      };
    }
    return new Read(
        tools, new Constraint.Tools(tools, Optional.of(chosen(fields, tools)), true, parallel));
  }

  private static Read may(List<ToolDefinition> tools, boolean parallel) {
    return new Read(tools, new Constraint.Tools(tools, Optional.empty(), false, parallel));
  }

  private String chosen(JsonFields fields, List<ToolDefinition> tools) throws RequestRefused {
    JsonFields choice = fields.object("tool_choice");
    requireFunction(choice);
    typed.check(choice);
    JsonFields function = choice;
    if (nested) {
      function = choice.requiredObject("function");
      CHOSEN.check(function);
    }
    String name = function.requiredText("name");
    if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
      throw RequestRefused.field(
          "tool_choice", "invalid_value", "tool_choice must name one of the tools.");
    }
    return name;
  }

  private static void requireFunction(JsonFields fields) throws RequestRefused {
    if (!fields.requiredText("type").equals("function")) {
      throw RequestRefused.field(
          fields.shown("type"),
          "unsupported_parameter",
          "%s is not supported but as function.".formatted(fields.shown("type")));
    }
  }

  private List<ToolDefinition> tools(JsonFields fields) throws RequestRefused {
    List<JsonNode> nodes = fields.optionalArray("tools", Prompt.Chat.TOOLS_MAX);
    List<ToolDefinition> tools = new ArrayList<>(nodes.size());
    Set<String> names = new HashSet<>();
    for (int i = 0; i < nodes.size(); i++) {
      String where = "tools[" + i + "]";
      ToolDefinition tool = tool(JsonFields.of(nodes.get(i), where));
      if (!names.add(tool.name())) {
        throw RequestRefused.field(
            nested ? where + ".function.name" : where + ".name",
            "invalid_value",
            "tools must have different names.");
      }
      tools.add(tool);
    }
    return tools;
  }

  private ToolDefinition tool(JsonFields tool) throws RequestRefused {
    requireFunction(tool);
    JsonFields function = tool;
    if (nested) {
      typed.check(tool);
      function = tool.requiredObject("function");
    }
    described.check(function);
    String name = function.requiredText("name");
    if (!NAME.matcher(name).matches()) {
      throw RequestRefused.field(
          function.shown("name"),
          "invalid_value",
          "%s must have 1 to 64 letters, digits, underscores and hyphens."
              .formatted(function.shown("name")));
    }
    function.flag("strict");
    String description = function.optionalText("description").orElse("");
    checkBytes(function.shown("description"), description, ToolDefinition.DESCRIPTION_BYTES_MAX);
    Optional<JsonNode> parameters = function.optional("parameters");
    if (parameters.isPresent() && !parameters.get().isObject()) {
      throw RequestRefused.field(
          function.shown("parameters"),
          "invalid_type",
          "%s must be a JSON Schema.".formatted(function.shown("parameters")));
    }
    String schema = parameters.map(JsonNode::toString).orElse(NO_PARAMETERS);
    checkBytes(function.shown("parameters"), schema, ToolDefinition.PARAMETERS_BYTES_MAX);
    return new ToolDefinition(name, description, schema);
  }

  private static void checkBytes(String shown, String text, int bytesMax) throws RequestRefused {
    if (JsonFields.utf8Bytes(text) > bytesMax) {
      throw RequestRefused.field(
          shown, "invalid_value", "%s must have at most %d bytes.".formatted(shown, bytesMax));
    }
  }
}
