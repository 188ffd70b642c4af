// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;

/// A conversation between a user and the demo model, after an optional system message.
public record Conversation(List<Turn> turns) {
  /// Who speaks; the lower-case name is the role in the chat format.
  public enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    /// What a called tool gave back.
    TOOL;

    /// The role as the chat format writes it.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One message.
  ///
  /// @param given the beginning of an answer that the form asked for wrote, before the model had a
  ///   choice; the model is not to learn that answers begin so
  /// @param text what follows it, or the whole message
  public record Turn(Role role, String given, String text) {
    public Turn {
      requireNonNull(role, "role");
      requireNonNull(given, "given");
      requireNonNull(text, "text");
    }

    /// A message that is all its speaker's own.
    public Turn(Role role, String text) {
      this(role, "", text);
    }
  }

  public Conversation {
    turns = List.copyOf(turns);
    if (turns.isEmpty()) {
      throw new IllegalArgumentException("A conversation needs a message; give at least one turn");
    }
  }

  /// A conversation that is one question.
  public static Conversation asking(String question) {
    return new Conversation(List.of(new Turn(Role.USER, question)));
  }
}
