// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// What a server's error tells beyond its status. Only its kind is taken from it, never its words.
final class ErrorBody {
  private ErrorBody() {}

  /// Whether the error is about the length of the prompt: llama-server says
  /// `exceed_context_size_error`, vLLM and LM Studio speak of the context length in words.
  static boolean saysContext(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    try {
      JsonNode error = ServerJson.read(body).path("error");
      text =
          error.isTextual()
              ? error.asText()
              : error.path("type").asText("")
                  + ' '
                  + error.path("code").asText("")
                  + ' '
                  + error.path("message").asText("");
    } catch (ServerException _) {
      // Not JSON: the plain text is looked at.
    }
    String lower = text.toLowerCase(Locale.ROOT);
    return (lower.contains("context") && (lower.contains("exceed") || lower.contains("length")))
        || lower.contains("maximum context");
  }
}
