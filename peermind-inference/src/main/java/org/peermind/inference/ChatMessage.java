// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One message of a conversation. `role` is `system`, `user`, `assistant` or `tool`. The text form
/// leaves the content out, so that no log can hold a prompt.
///
/// @param toolCalls that an assistant's message made
/// @param toolCallId which call a tool's message answers
public record ChatMessage(
    String role, String content, List<ToolCall> toolCalls, Optional<String> toolCallId) {
  private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
  public static final int TOOL_CALLS_MAX = 32;

  /// @throws IllegalArgumentException when the role is another one or there are too many calls
  public ChatMessage {
    toolCalls = List.copyOf(toolCalls);
    if (!ROLES.contains(role)) {
      throw new IllegalArgumentException(
          "A message's role is system, user, assistant or tool, and nothing else");
    }
    if (toolCalls.size() > TOOL_CALLS_MAX || (!toolCalls.isEmpty() && !role.equals("assistant"))) {
      throw new IllegalArgumentException(
          "Only an assistant's message makes tool calls, at most " + TOOL_CALLS_MAX);
    }
    if (toolCallId.isPresent() && !role.equals("tool")) {
      throw new IllegalArgumentException("Only a tool's message answers a tool call");
    }
  }

  /// A message of text alone.
  public ChatMessage(String role, String content) {
    this(role, content, List.of(), Optional.empty());
  }

  long bytes() {
    return Utf8.length(content)
        + toolCalls.stream().mapToLong(ToolCall::bytes).sum()
        + toolCallId.map(Utf8::length).orElse(0L);
  }

  @Override
  public String toString() {
    return "ChatMessage[role=" + role + ", " + content.length() + " characters]";
  }
}
