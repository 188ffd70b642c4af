// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;

/// What a running generation tells. At least one event comes in every second while the engine is
/// healthy and its machine can do one step in that time, so that silence means a stall.
public sealed interface GenerationEvent {
  /// `done` of `total` tokens of the prompt are read; repeated as a sign of life while the request
  /// waits or is paced.
  record Prefilled(int done, int total) implements GenerationEvent {}

  /// Tokens of the answer and the text that they release, which may be empty: incomplete characters
  /// and possible stop strings are held back. `nearTies` are the positions in the answer, among
  /// these tokens, where the two best candidates lay so close that another machine might choose
  /// otherwise. `logprobs` has one element for each token if the request asked for them.
  record Piece(
      List<Integer> tokenIds, String text, List<Integer> nearTies, List<TokenLogprob> logprobs)
      implements GenerationEvent {
    public Piece {
      tokenIds = List.copyOf(tokenIds);
      nearTies = List.copyOf(nearTies);
      logprobs = List.copyOf(logprobs);
    }

    /// A piece without probabilities.
    public Piece(List<Integer> tokenIds, String text, List<Integer> nearTies) {
      this(tokenIds, text, nearTies, List.of());
    }

    @Override
    public String toString() {
      return "Piece[" + tokenIds.size() + " tokens, " + text.length() + " characters]";
    }
  }

  /// The last event of a generation that came to an end. `completionTokens` counts the answer
  /// without its end token, resumed tokens included; `nearTies` those of this run only;
  /// `cachedTokens` how many of the prompt's tokens were computed before, for an earlier question
  /// of the same conversation. `toolCalls` are those of the whole answer; their text is in no
  /// piece.
  record Finished(
      FinishReason reason,
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      int nearTies,
      List<ToolCall> toolCalls)
      implements GenerationEvent {
    public Finished {
      toolCalls = List.copyOf(toolCalls);
    }

    /// An end without tool calls and without reuse.
    public Finished(FinishReason reason, int promptTokens, int completionTokens, int nearTies) {
      this(reason, promptTokens, 0, completionTokens, nearTies, List.of());
    }
  }

  /// The last event of a generation that cannot go on, with one sentence that says why.
  record Failed(FailureKind kind, String sentence) implements GenerationEvent {}

  /// Whether no event follows this one.
  default boolean isLast() {
    return switch (this) {
      case Prefilled _, Piece _ -> false;
      case Finished _, Failed _ -> true;
    };
  }

  /// How an answer ended.
  enum FinishReason {
    /// By an end token or a stop string.
    STOP,
    /// At `maxTokens` or the end of the context.
    LENGTH,
    /// By an end token, and the answer calls tools.
    TOOL_CALLS,
    /// By [Generation#cancel].
    CANCELLED
  }

  /// Why an answer could not go on.
  enum FailureKind {
    /// The engine's process died or broke the protocol, or the model gave what are no numbers; the
    /// request is not to blame.
    CRASHED,
    /// The prompt leaves no room in the model's context.
    CONTEXT_TOO_LONG,
    /// The model cannot take this request.
    BAD_REQUEST,
    /// More requests are waiting than the engine takes.
    BUSY,
    /// The model was unloaded.
    UNLOADED,
    /// The request's deadline is over.
    DEADLINE,
    /// The owner of the machine asked, and needed the room.
    PREEMPTED
  }
}
