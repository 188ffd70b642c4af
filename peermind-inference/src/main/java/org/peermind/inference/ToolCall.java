// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// A call that the model wants made.
///
/// @param id names the call in the conversation; unique within one answer
/// @param name of the function
/// @param argumentsJson as the model wrote them; valid by the tool's schema when the answer was
///   constrained
public record ToolCall(String id, String name, String argumentsJson) {
  public static final int ID_CHARACTERS_MAX = 128;
  public static final int NAME_CHARACTERS_MAX = 64;

  /// @throws IllegalArgumentException when the id or the name is empty or too long
  public ToolCall {
    if (id.isEmpty() || id.length() > ID_CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "A tool call's id has 1 to %d characters".formatted(ID_CHARACTERS_MAX));
    }
    if (name.isEmpty() || name.length() > NAME_CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "A tool call's name has 1 to %d characters".formatted(NAME_CHARACTERS_MAX));
    }
  }

  long bytes() {
    return Utf8.length(id) + Utf8.length(name) + Utf8.length(argumentsJson);
  }

  @Override
  public String toString() {
    return "ToolCall[" + bytes() + " bytes]";
  }
}
