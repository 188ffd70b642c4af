// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import java.util.Optional;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolCall;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.SignedEnvelope;

/// What a worker says. After [Finished] or [Broken] nothing follows.
public sealed interface AttemptEvent {
  /// The worker is alive and has nothing to show yet.
  record Waiting() implements AttemptEvent {}

  /// More tokens.
  ///
  /// @param text that became certain with them; may be empty
  /// @param nearTies positions at which two candidates were so close that another machine may have
  ///   chosen the other one
  /// @param logprobs one for each id, if asked for
  record Tokens(List<Integer> ids, String text, List<Integer> nearTies, List<TokenLogprob> logprobs)
      implements AttemptEvent {
    public Tokens {
      ids = List.copyOf(ids);
      nearTies = List.copyOf(nearTies);
      logprobs = List.copyOf(logprobs);
    }

    /// Tokens without probabilities.
    public Tokens(List<Integer> ids, String text, List<Integer> nearTies) {
      this(ids, text, nearTies, List.of());
    }

    /// Leaves the text out, so that an event that reaches a log tells nothing.
    @Override
    public String toString() {
      return "Tokens[" + ids.size() + "]";
    }
  }

  /// More values of the vectors of texts, instead of an answer.
  record Vectors(List<VectorPart> parts) implements AttemptEvent {
    public Vectors {
      parts = List.copyOf(parts);
    }
  }

  /// Consecutive values of one text's vector.
  ///
  /// @param text which text, from 0
  /// @param offset of the first value in the vector
  record VectorPart(int text, int offset, List<Float> values) {
    public VectorPart {
      values = List.copyOf(values);
    }

    @Override
    public String toString() {
      return "VectorPart[" + values.size() + " values]";
    }
  }

  /// What an inferer that stops before the end signed about the energy of its part; its reader has
  /// checked who signed it and for which answer.
  record Receipt(SignedEnvelope receipt) implements AttemptEvent {}

  /// The answer is complete.
  ///
  /// @param cachedTokens of the prompt, computed for an earlier question of the conversation
  /// @param toolCalls of the whole answer
  /// @param receipt what the inferer signed about the energy of its part
  record Finished(
      AnswerEvent.FinishReason reason,
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      List<ToolCall> toolCalls,
      Optional<SignedEnvelope> receipt)
      implements AttemptEvent {
    public Finished {
      toolCalls = List.copyOf(toolCalls);
    }

    /// An end without tool calls, reuse and receipt.
    public Finished(AnswerEvent.FinishReason reason, int promptTokens, int completionTokens) {
      this(reason, promptTokens, 0, completionTokens, List.of(), Optional.empty());
    }
  }

  /// The worker will stop soon and goes on until then, so that another one can be readied.
  ///
  /// @param reason one sentence
  record Yielding(String reason) implements AttemptEvent {}

  /// The worker stopped, stalled or refused.
  ///
  /// @param elsewhere whether another worker may succeed
  record Broken(RefusalCode code, String reason, boolean elsewhere) implements AttemptEvent {}
}
