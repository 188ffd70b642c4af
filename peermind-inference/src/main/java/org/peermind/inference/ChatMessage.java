// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Set;

/// One message of a conversation. `role` is `system`, `user` or `assistant`. The text form leaves
/// the content out, so that no log can hold a prompt.
public record ChatMessage(String role, String content) {
  private static final Set<String> ROLES = Set.of("system", "user", "assistant");

  /// @throws IllegalArgumentException when the role is another one
  public ChatMessage {
    if (!ROLES.contains(role)) {
      throw new IllegalArgumentException(
          "A message's role is system, user or assistant, and nothing else");
    }
  }

  @Override
  public String toString() {
    return "ChatMessage[role=" + role + ", " + content.length() + " characters]";
  }
}
