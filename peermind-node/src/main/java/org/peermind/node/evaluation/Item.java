// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static java.util.Objects.requireNonNull;

/// A question with an exact answer.
///
/// @param question as a user would ask it, without a system message
public record Item(String question, AnswerCheck check) {
  public Item {
    requireNonNull(check);
    if (question.isBlank()) {
      throw new IllegalArgumentException("An item needs a question.");
    }
  }

  /// Whether `answer`, the whole of what the model wrote, is right.
  public boolean accepts(String answer) {
    return check.accepts(answer);
  }
}
