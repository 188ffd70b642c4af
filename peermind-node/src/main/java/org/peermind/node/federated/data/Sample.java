// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.util.List;

/// Something to learn. The text is the owner's secret: no text form shows it.
sealed interface Sample {
  /// A piece of plain text; all of it is learned.
  record Passage(String text) implements Sample {
    @Override
    public String toString() {
      return "Passage[" + text.length() + " characters]";
    }
  }

  /// A text and how it goes on; only how it goes on is learned.
  record Completion(String prompt, String completion) implements Sample {
    @Override
    public String toString() {
      return "Completion[" + (prompt.length() + completion.length()) + " characters]";
    }
  }

  /// A conversation; only what the assistant says is learned. It ends with what the assistant says.
  record Dialogue(List<Turn> turns) implements Sample {
    /// The most messages.
    static final int TURNS_MAX = 64;

    public Dialogue {
      turns = List.copyOf(turns);
      if (turns.size() > TURNS_MAX
          || turns.isEmpty()
          || turns.getLast().role() != Turn.Role.ASSISTANT) {
        throw new IllegalArgumentException(
            "a conversation has at most 64 messages and ends with the assistant's");
      }
    }
  }
}
