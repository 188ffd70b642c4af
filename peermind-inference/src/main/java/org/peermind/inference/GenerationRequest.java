// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.protocol.Id16;

/// A prompt to be answered. `maxTokens` bounds the answer, `resumeTokens` included: those are the
/// tokens of the answer that were already delivered, by this machine or another one, and the answer
/// goes on exactly after the text that they released.
///
/// @param constraint the form that the answer must have
/// @param topLogprobs how many likely tokens are told for each one, 0 for the token alone; empty
///   means that no probabilities are told
/// @param conversation a secret of the asking node; computed beginnings are reused only for an
///   equal one, so never across users
/// @param priority whether the owner of the machine asks
/// @param deadline after which the answer ends as failed
/// @param askedOn the day (UTC) that a chat template may tell the model; it travels with the
///   question so that whoever continues the answer renders the same prompt
public record GenerationRequest(
    Prompt prompt,
    int maxTokens,
    Sampling sampling,
    List<String> stop,
    List<Integer> resumeTokens,
    Constraint constraint,
    OptionalInt topLogprobs,
    Optional<Id16> conversation,
    Priority priority,
    Duration deadline,
    Optional<LocalDate> askedOn) {
  public static final int PROMPT_BYTES_MAX = 1 << 20;
  public static final int MAX_TOKENS_MAX = 1 << 20;
  public static final int STOP_MAX = 4;
  public static final int STOP_BYTES_MAX = 32;
  private static final int LAST_YEAR = 9999;
  public static final Duration DEADLINE_MAX = Duration.ofHours(2);

  /// Who asks.
  public enum Priority {
    /// The owner of the machine; others make room.
    OWNER,
    /// Somebody else.
    BORROWED
  }

  /// @throws IllegalArgumentException with one sentence, when a bound is broken (trust facts, 5.5)
  public GenerationRequest {
    stop = List.copyOf(stop);
    resumeTokens = List.copyOf(resumeTokens);
    if (prompt.bytes() > PROMPT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "The prompt has more than %d bytes".formatted(PROMPT_BYTES_MAX));
    }
    if (maxTokens < 1 || maxTokens > MAX_TOKENS_MAX) {
      throw new IllegalArgumentException(
          "max_tokens must be from 1 to %d, not %d".formatted(MAX_TOKENS_MAX, maxTokens));
    }
    if (resumeTokens.size() > MAX_TOKENS_MAX) {
      throw new IllegalArgumentException("There are too many tokens to resume from");
    }
    if (stop.size() > STOP_MAX || !stop.stream().allMatch(GenerationRequest::isStop)) {
      throw new IllegalArgumentException(
          "stop takes at most %d strings of 1 to %d bytes".formatted(STOP_MAX, STOP_BYTES_MAX));
    }
    if (topLogprobs.isPresent()
        && (topLogprobs.getAsInt() < 0 || topLogprobs.getAsInt() > TokenLogprob.TOP_MAX)) {
      throw new IllegalArgumentException(
          "top_logprobs must be from 0 to %d".formatted(TokenLogprob.TOP_MAX));
    }
    if (askedOn.isPresent()
        && (askedOn.get().getYear() < 1970 || askedOn.get().getYear() > LAST_YEAR)) {
      throw new IllegalArgumentException("The day of a question is in the years 1970 to 9999");
    }
    if (deadline.isNegative() || deadline.isZero() || deadline.compareTo(DEADLINE_MAX) > 0) {
      throw new IllegalArgumentException(
          "A deadline is at most %d minutes away".formatted(DEADLINE_MAX.toMinutes()));
    }
  }

  /// A request for plain text by somebody else, with the longest deadline.
  public static GenerationRequest of(Prompt prompt, int maxTokens, Sampling sampling) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        List.of(),
        List.of(),
        new Constraint.None(),
        OptionalInt.empty(),
        Optional.empty(),
        Priority.BORROWED,
        DEADLINE_MAX,
        Optional.empty());
  }

  /// The same, ended by any of these strings.
  public GenerationRequest withStop(List<String> texts) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        texts,
        resumeTokens,
        constraint,
        topLogprobs,
        conversation,
        priority,
        deadline,
        askedOn);
  }

  /// The same, going on after these tokens.
  public GenerationRequest withResumeTokens(List<Integer> tokens) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        stop,
        tokens,
        constraint,
        topLogprobs,
        conversation,
        priority,
        deadline,
        askedOn);
  }

  /// The same, in this form.
  public GenerationRequest withConstraint(Constraint form) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        stop,
        resumeTokens,
        form,
        topLogprobs,
        conversation,
        priority,
        deadline,
        askedOn);
  }

  /// The same, telling probabilities.
  public GenerationRequest withTopLogprobs(OptionalInt count) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        stop,
        resumeTokens,
        constraint,
        count,
        conversation,
        priority,
        deadline,
        askedOn);
  }

  /// The same, as part of a conversation.
  public GenerationRequest withConversation(Optional<Id16> key) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        stop,
        resumeTokens,
        constraint,
        topLogprobs,
        key,
        priority,
        deadline,
        askedOn);
  }

  /// The same, asked by the owner or by somebody else.
  public GenerationRequest withPriority(Priority asker) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        stop,
        resumeTokens,
        constraint,
        topLogprobs,
        conversation,
        asker,
        deadline,
        askedOn);
  }

  /// The same with another deadline.
  public GenerationRequest withDeadline(Duration within) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        stop,
        resumeTokens,
        constraint,
        topLogprobs,
        conversation,
        priority,
        within,
        askedOn);
  }

  /// The same, asked on this day.
  public GenerationRequest withAskedOn(Optional<LocalDate> day) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling,
        stop,
        resumeTokens,
        constraint,
        topLogprobs,
        conversation,
        priority,
        deadline,
        day);
  }

  private static boolean isStop(String text) {
    long bytes = Utf8.length(text);
    return bytes >= 1
        && bytes <= STOP_BYTES_MAX
        && StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  @Override
  public String toString() {
    return "GenerationRequest[%s, maxTokens=%d, %d stop strings, %d tokens to resume from]"
        .formatted(prompt, maxTokens, stop.size(), resumeTokens.size());
  }
}
