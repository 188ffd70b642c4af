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
    ASSISTANT;

    /// The role as the chat format writes it.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One message.
  public record Turn(Role role, String text) {
    public Turn {
      requireNonNull(role, "role");
      requireNonNull(text, "text");
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
