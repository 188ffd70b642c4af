// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Finished;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.ToolCall;
import org.peermind.inference.internal.external.ServerException.Kind;

/// Reads the chunks of one streamed completion, of a chat or of plain text: text becomes pieces
/// without token ids, because these servers tell none. An answer ends only with a reason to finish;
/// anything else is a broken answer. A server that ignores the limit of tokens is stopped at it.
final class ChatStream {
  private static final String END = "[DONE]";

  private final int tokensMax;
  private int deltas;
  private int promptTokens;
  private int cachedTokens;
  private int completionTokens;
  private boolean counted;
  private String heldBack = "";
  private final CallParts calls = new CallParts();
  private @Nullable FinishReason reason;
  private boolean done;

  ChatStream(int tokensMax) {
    this.tokensMax = tokensMax;
  }

  /// Takes the data of one event; empty when it brings no text.
  Optional<GenerationEvent> accept(String data) throws ServerException {
    if (done) {
      return Optional.empty();
    }
    if (data.equals(END)) {
      done = true;
      return Optional.empty();
    }
    JsonNode chunk = ServerJson.read(data.getBytes(StandardCharsets.UTF_8));
    if (chunk.has("error")) {
      throw new ServerException(Kind.FAULT, "The server failed in the middle of the answer.");
    }
    count(chunk.path("usage"));
    JsonNode choice = chunk.path("choices").path(0);
    Optional<GenerationEvent> piece = piece(choice);
    String finish = choice.path("finish_reason").asText("");
    if (!finish.isEmpty() && reason == null && !choice.path("finish_reason").isNull()) {
      reason = reason(finish);
    }
    if (reason == null && deltas >= tokensMax) {
      reason = FinishReason.LENGTH;
      done = true;
    }
    return piece;
  }

  private void count(JsonNode usage) {
    if (usage.path("completion_tokens").isIntegralNumber()) {
      counted = true;
      promptTokens = bounded(usage.path("prompt_tokens"));
      cachedTokens =
          Math.min(
              promptTokens, bounded(usage.path("prompt_tokens_details").path("cached_tokens")));
      completionTokens = bounded(usage.path("completion_tokens"));
    }
  }

  private static int bounded(JsonNode number) {
    return (int) Math.clamp(number.asLong(0), 0L, 1L << 30);
  }

  private Optional<GenerationEvent> piece(JsonNode choice) throws ServerException {
    JsonNode delta = choice.path("delta");
    boolean thinks =
        calls.add(delta.path("tool_calls"))
            || delta.path("reasoning_content").isTextual()
            || delta.path("reasoning").isTextual();
    JsonNode content = delta.isMissingNode() ? choice.path("text") : delta.path("content");
    String text = content.isTextual() ? content.asText() : "";
    if (text.isEmpty()) {
      // What a model thinks before it answers is no part of the text, but it is a sign of life.
      deltas += thinks ? 1 : 0;
      return thinks ? Optional.of(new GenerationEvent.Prefilled(0, 0)) : Optional.empty();
    }
    deltas++;
    String whole = heldBack + text;
    // Half of a surrogate pair waits for the other one.
    boolean half = Character.isHighSurrogate(whole.charAt(whole.length() - 1));
    heldBack = half ? whole.substring(whole.length() - 1) : "";
    String certain = wellFormed(half ? whole.substring(0, whole.length() - 1) : whole);
    return certain.isEmpty()
        ? Optional.empty()
        : Optional.of(new Piece(List.of(), certain, List.of()));
  }

  /// A surrogate without its partner becomes U+FFFD.
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
  }

  private static FinishReason reason(String finish) throws ServerException {
    return switch (finish) {
      case "stop" -> FinishReason.STOP;
      case "length" -> FinishReason.LENGTH;
      case "tool_calls" -> FinishReason.TOOL_CALLS;
      default ->
          throw new ServerException(
              Kind.FAULT, "The server ended the answer for a reason that is not supported.");
    };
  }

  /// Whether nothing more is to be read.
  boolean isDone() {
    return done;
  }

  /// The last event, once the stream is at its end.
  GenerationEvent end() throws ServerException {
    if (reason == null) {
      throw new ServerException(
          Kind.BROKEN, "The server ended its stream in the middle of the answer.");
    }
    List<ToolCall> whole = calls.whole();
    return new Finished(
        !whole.isEmpty() && reason == FinishReason.STOP ? FinishReason.TOOL_CALLS : reason,
        promptTokens,
        cachedTokens,
        counted ? completionTokens : deltas,
        0,
        whole);
  }
}
