// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;

/// What is to be continued: a conversation, rendered by the model's own chat template, or plain
/// text. No text form shows what was asked, so that no log can hold a prompt.
public sealed interface Prompt {
  /// A conversation, and the tools that its answer may call.
  record Chat(List<ChatMessage> messages, List<ToolDefinition> tools) implements Prompt {
    public static final int MESSAGES_MAX = 64;
    public static final int TOOLS_MAX = 64;

    /// @throws IllegalArgumentException when there are too many messages or tools, or no message
    public Chat {
      messages = List.copyOf(messages);
      tools = List.copyOf(tools);
      if (messages.isEmpty() || messages.size() > MESSAGES_MAX) {
        throw new IllegalArgumentException(
            "A request has 1 to %d messages, not %d".formatted(MESSAGES_MAX, messages.size()));
      }
      if (tools.size() > TOOLS_MAX) {
        throw new IllegalArgumentException(
            "A request has at most %d tools, not %d".formatted(TOOLS_MAX, tools.size()));
      }
    }

    @Override
    public String toString() {
      return "Chat[%d messages, %d tools]".formatted(messages.size(), tools.size());
    }
  }

  /// Text that the model goes on with, without any template.
  record Text(String text) implements Prompt {
    @Override
    public String toString() {
      return "Text[" + text.length() + " characters]";
    }
  }

  /// A conversation without tools.
  static Prompt chat(List<ChatMessage> messages) {
    return new Chat(messages, List.of());
  }

  /// The length of all that was said, in bytes of UTF-8; the size that limits count.
  default long bytes() {
    return switch (this) {
      case Chat(List<ChatMessage> messages, List<ToolDefinition> tools) ->
          messages.stream().mapToLong(ChatMessage::bytes).sum()
              + tools.stream().mapToLong(ToolDefinition::bytes).sum();
      case Text(String text) -> Utf8.length(text);
    };
  }
}
