// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

/// How a model's template writes calls of tools: `prefix`, then an object with a name and arguments
/// (or one array of such objects), then `suffix`.
///
/// @param prefix begins a call, such as `<tool_call>` and a line end; empty when a call is told
///   from text only by the bracket that begins the answer
/// @param suffix ends a call; may be empty
/// @param nameKey of the tool's name
/// @param argumentsKey of the arguments
/// @param array whether one array holds all calls
public record CallSyntax(
    String prefix, String suffix, String nameKey, String argumentsKey, boolean array) {
  public static final int MARK_CHARACTERS_MAX = 64;

  /// @throws IllegalArgumentException when a part is too long or a key is empty
  public CallSyntax {
    prefix = prefix.strip();
    suffix = suffix.strip();
    boolean fits =
        Math.max(prefix.length(), suffix.length()) <= MARK_CHARACTERS_MAX
            && Math.max(nameKey.length(), argumentsKey.length()) <= MARK_CHARACTERS_MAX;
    if (!fits || nameKey.isEmpty() || argumentsKey.isEmpty() || nameKey.equals(argumentsKey)) {
      throw new IllegalArgumentException(
          "The marks of a tool call have at most %d characters, and two different keys"
              .formatted(MARK_CHARACTERS_MAX));
    }
  }

  /// The form that most models are trained on (Hermes, Qwen).
  public static CallSyntax hermes() {
    return new CallSyntax("<tool_call>", "</tool_call>", "name", "arguments", false);
  }
}
