// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.ToolCall;
import org.peermind.inference.internal.external.ServerException.Kind;

/// Tool calls that come in parts: the first part of each has its id and name, the others go on with
/// its arguments.
final class CallParts {
  private static final int ARGUMENTS_CHARACTERS_MAX = 256 * 1024;

  private final Map<Integer, Parts> calls = new TreeMap<>();
  private int characters;

  private static final class Parts {
    private String id = "";
    private String name = "";
    private final StringBuilder arguments = new StringBuilder();
  }

  /// @return whether there was anything in it
  boolean add(JsonNode parts) throws ServerException {
    for (JsonNode part : parts) {
      int index = part.path("index").asInt(0);
      if (index < 0 || index >= ChatMessage.TOOL_CALLS_MAX) {
        throw tooMuch();
      }
      Parts call = calls.computeIfAbsent(index, _ -> new Parts());
      call.id = call.id.isEmpty() ? part.path("id").asText("") : call.id;
      JsonNode function = part.path("function");
      call.name = call.name.isEmpty() ? function.path("name").asText("") : call.name;
      String arguments = function.path("arguments").asText("");
      characters += arguments.length();
      if (characters > ARGUMENTS_CHARACTERS_MAX) {
        throw tooMuch();
      }
      call.arguments.append(arguments);
    }
    return !parts.isEmpty();
  }

  private static ServerException tooMuch() {
    return new ServerException(Kind.GARBAGE, "The server's tool calls are larger than allowed.");
  }

  List<ToolCall> whole() throws ServerException {
    List<ToolCall> whole = new ArrayList<>();
    for (Map.Entry<Integer, Parts> call : calls.entrySet()) {
      Parts parts = call.getValue();
      String id = parts.id.isEmpty() ? "call_" + call.getKey() : parts.id;
      try {
        whole.add(new ToolCall(id, parts.name, parts.arguments.toString()));
      } catch (IllegalArgumentException malformed) {
        throw new ServerException(Kind.GARBAGE, "A tool call of the server has no proper name.");
      }
    }
    return whole;
  }
}
