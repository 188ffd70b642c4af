// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import java.util.List;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolCall;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.SignedEnvelope;

/// A part of an answer. After [Done] or [Failed] nothing follows.
public sealed interface AnswerEvent {
  /// More of the answer: text that never ends inside a character, and the probabilities of tokens
  /// if asked for. At least one of them is not empty.
  record Text(String text, List<TokenLogprob> logprobs) implements AnswerEvent {
    public Text {
      logprobs = List.copyOf(logprobs);
    }

    /// Text without probabilities.
    public Text(String text) {
      this(text, List.of());
    }

    /// Leaves the text out, so that an event that reaches a log tells nothing.
    @Override
    public String toString() {
      return "Text[" + text.length() + " characters]";
    }
  }

  /// Which model answers, where the question left that to the network. Comes once, before the first
  /// text.
  ///
  /// @param model its name, or the beginning of its hash where nobody tells a name
  record Answering(String model) implements AnswerEvent {}

  /// Nobody has a place for the question yet; it waits in a referee's queue.
  ///
  /// @param position 1 is next
  /// @param expectedWait the referee's guess
  record Queued(int position, Duration expectedWait) implements AnswerEvent {}

  /// The answer is complete.
  ///
  /// @param cachedTokens of the prompt, computed for an earlier question of the conversation
  /// @param toolCalls that the answer makes
  /// @param receipts what inferers signed about the energy of their parts
  /// @param everyPartSigned whether every inferer that brought a part of it signed for that
  record Done(
      FinishReason reason,
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      int nearTies,
      int continuations,
      List<ToolCall> toolCalls,
      List<SignedEnvelope> receipts,
      boolean everyPartSigned)
      implements AnswerEvent {
    public Done {
      toolCalls = List.copyOf(toolCalls);
      receipts = List.copyOf(receipts);
    }

    /// An end without tool calls, reuse and receipts.
    public Done(
        FinishReason reason,
        int promptTokens,
        int completionTokens,
        int nearTies,
        int continuations) {
      this(
          reason,
          promptTokens,
          0,
          completionTokens,
          nearTies,
          continuations,
          List.of(),
          List.of(),
          false);
    }
  }

  /// The answer could not be completed, not even elsewhere.
  record Failed(RefusalCode code, String reason, int retryAfterSeconds) implements AnswerEvent {}

  /// Why an answer ended, in the words of the OpenAI API.
  enum FinishReason {
    STOP,
    LENGTH,
    TOOL_CALLS
  }
}
