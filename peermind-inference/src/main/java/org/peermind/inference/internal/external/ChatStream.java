// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
  private static final int PIECE_CHARACTERS_MAX = 2_048;

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
  List<GenerationEvent> accept(String data) throws ServerException {
    if (done) {
      return List.of();
    }
    if (data.equals(END)) {
      done = true;
      return List.of();
    }
    JsonNode chunk = ServerJson.read(data.getBytes(StandardCharsets.UTF_8));
    if (chunk.has("error")) {
      throw new ServerException(Kind.FAULT, "The server failed in the middle of the answer.");
    }
    count(chunk.path("usage"));
    JsonNode choice = chunk.path("choices").path(0);
    List<GenerationEvent> pieces = pieces(choice);
    String finish = choice.path("finish_reason").asText("");
    if (!finish.isEmpty() && reason == null && !choice.path("finish_reason").isNull()) {
      reason = reason(finish);
    }
    if (deltas > tokensMax) {
      reason = FinishReason.LENGTH;
      deltas = tokensMax;
      done = true;
      return List.of();
    }
    return pieces;
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

  private List<GenerationEvent> pieces(JsonNode choice) throws ServerException {
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
      return thinks ? List.of(new GenerationEvent.Prefilled(0, 0)) : List.of();
    }
    deltas++;
    String whole = heldBack + text;
    // Half of a surrogate pair waits for the other one.
    boolean half = Character.isHighSurrogate(whole.charAt(whole.length() - 1));
    heldBack = half ? whole.substring(whole.length() - 1) : "";
    String certain = wellFormed(half ? whole.substring(0, whole.length() - 1) : whole);
    return cut(certain);
  }

  /// Some servers send much at once; a frame of the network takes pieces of this size.
  private static List<GenerationEvent> cut(String text) {
    List<GenerationEvent> pieces = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int to = Math.min(text.length(), from + PIECE_CHARACTERS_MAX);
      to -= to < text.length() && Character.isHighSurrogate(text.charAt(to - 1)) ? 1 : 0;
      pieces.add(new Piece(List.of(), text.substring(from, to), List.of()));
      from = to;
    }
    return pieces;
  }

  /// A surrogate without its partner becomes U+FFFD.
  private static String wellFormed(String text) {
    if (text.chars().noneMatch(unit -> Character.isSurrogate((char) unit))) {
      return text;
    }
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
        Math.min(tokensMax, counted ? completionTokens : deltas),
        0,
        whole);
  }
}
