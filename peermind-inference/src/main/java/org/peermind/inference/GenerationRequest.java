// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// A conversation to be answered. `maxTokens` bounds the answer, `resumeTokens` included: those are
/// the tokens of the answer that were already delivered, by this machine or another one, and the
/// answer goes on exactly after the text that they released.
public record GenerationRequest(
    List<ChatMessage> messages,
    int maxTokens,
    Sampling sampling,
    List<String> stop,
    List<Integer> resumeTokens) {
  public static final int MESSAGES_MAX = 64;
  public static final int PROMPT_BYTES_MAX = 1 << 20;
  public static final int MAX_TOKENS_MAX = 1 << 20;
  public static final int STOP_MAX = 4;
  public static final int STOP_BYTES_MAX = 32;

  /// @throws IllegalArgumentException with one sentence, when a bound is broken (trust facts, 5.5)
  public GenerationRequest {
    messages = List.copyOf(messages);
    stop = List.copyOf(stop);
    resumeTokens = List.copyOf(resumeTokens);
    if (messages.isEmpty() || messages.size() > MESSAGES_MAX) {
      throw new IllegalArgumentException(
          "A request has 1 to %d messages, not %d".formatted(MESSAGES_MAX, messages.size()));
    }
    long bytes = 0;
    for (ChatMessage message : messages) {
      bytes += message.content().getBytes(StandardCharsets.UTF_8).length;
    }
    if (bytes > PROMPT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "The messages together have more than %d bytes".formatted(PROMPT_BYTES_MAX));
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
  }

  private static boolean isStop(String text) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    return bytes >= 1
        && bytes <= STOP_BYTES_MAX
        && StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  @Override
  public String toString() {
    return "GenerationRequest[%d messages, maxTokens=%d, %d stop strings, %d tokens to resume from]"
        .formatted(messages.size(), maxTokens, stop.size(), resumeTokens.size());
  }
}
