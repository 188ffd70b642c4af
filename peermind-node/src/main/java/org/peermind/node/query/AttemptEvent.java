// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import org.peermind.protocol.RefusalCode;

/// What a worker says. After [Finished] or [Broken] nothing follows.
public sealed interface AttemptEvent {
  /// The worker is alive and has nothing to show yet.
  record Waiting() implements AttemptEvent {}

  /// More tokens.
  ///
  /// @param text that became certain with them; may be empty
  /// @param nearTies positions at which two candidates were so close that another machine may have
  ///   chosen the other one
  record Tokens(List<Integer> ids, String text, List<Integer> nearTies) implements AttemptEvent {
    public Tokens {
      ids = List.copyOf(ids);
      nearTies = List.copyOf(nearTies);
    }

    /// Leaves the text out, so that an event that reaches a log tells nothing.
    @Override
    public String toString() {
      return "Tokens[" + ids.size() + "]";
    }
  }

  record Finished(AnswerEvent.FinishReason reason, int promptTokens, int completionTokens)
      implements AttemptEvent {}

  /// The worker stopped, stalled or refused.
  ///
  /// @param elsewhere whether another worker may succeed
  record Broken(RefusalCode code, String reason, boolean elsewhere) implements AttemptEvent {}
}
