// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import org.peermind.protocol.RefusalCode;

/// A part of an answer. After [Done] or [Failed] nothing follows.
public sealed interface AnswerEvent {
  /// More text. It is never empty and never ends inside a character.
  record Text(String text) implements AnswerEvent {
    /// Leaves the text out, so that an event that reaches a log tells nothing.
    @Override
    public String toString() {
      return "Text[" + text.length() + " characters]";
    }
  }

  /// The answer is complete.
  record Done(
      FinishReason reason, int promptTokens, int completionTokens, int nearTies, int continuations)
      implements AnswerEvent {}

  /// The answer could not be completed, not even elsewhere.
  record Failed(RefusalCode code, String reason, int retryAfterSeconds) implements AnswerEvent {}

  /// Why an answer ended, in the words of the OpenAI API.
  enum FinishReason {
    STOP,
    LENGTH
  }
}
