// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;
import java.util.Optional;

/// What form an answer must have; enforced token by token while it is generated.
public sealed interface Constraint {
  /// Any text.
  record None() implements Constraint {}

  /// One JSON object.
  record JsonObject() implements Constraint {}

  /// One JSON value that is valid by a JSON Schema.
  record JsonSchema(String schemaJson) implements Constraint {
    @Override
    public String toString() {
      return "JsonSchema[" + schemaJson.length() + " characters]";
    }
  }

  /// Text or calls of tools.
  ///
  /// @param only the one tool that may be called, when it is named
  /// @param required whether the answer must be calls
  /// @param parallel whether there may be several calls
  record Tools(
      List<ToolDefinition> tools, Optional<String> only, boolean required, boolean parallel)
      implements Constraint {
    /// @throws IllegalArgumentException when `only` names none of the tools, or there are none
    public Tools {
      tools = List.copyOf(tools);
      if (tools.isEmpty()) {
        throw new IllegalArgumentException("Tools to be called must be given");
      }
      if (only.isPresent() && tools.stream().noneMatch(tool -> tool.name().equals(only.get()))) {
        throw new IllegalArgumentException("tool_choice names a tool that is not given");
      }
    }
  }
}
