// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Locale;
import java.util.Optional;
import org.peermind.node.query.AnswerEvent;

/// The parts that OpenAI's objects share, written by hand: one chunk per token is the hottest path
/// of the API, and its form must not drift with a library's settings.
final class ApiJson {
  /// The data of the event after which a stream of completions has no other.
  static final String STREAM_END = "[DONE]";

  private ApiJson() {}

  /// The beginning of an answer's object, without its closing brace.
  static String head(String id, String object, long createdSeconds, String model) {
    return "{\"id\":\""
        + id
        + "\",\"object\":\""
        + object
        + "\",\"created\":"
        + createdSeconds
        + ",\"model\":"
        + quoted(model);
  }

  static String usage(AnswerEvent.Done done) {
    long total = (long) done.promptTokens() + done.completionTokens();
    return "\"usage\":{\"prompt_tokens\":"
        + done.promptTokens()
        + ",\"completion_tokens\":"
        + done.completionTokens()
        + ",\"total_tokens\":"
        + total
        + ",\"prompt_tokens_details\":{\"cached_tokens\":"
        + done.cachedTokens()
        + "},\"peermind\":"
        + GreenUsage.json(done)
        + "}";
  }

  static String finishReason(AnswerEvent.FinishReason reason) {
    return quoted(reason.name().toLowerCase(Locale.ROOT));
  }

  /// A JSON string of a text without unpaired surrogates.
  static String quoted(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
  }

  /// An error object. OpenAI's form has all four fields, null where they do not apply.
  static String error(ApiError error) {
    return "{\"error\":" + errorFields(error) + "}";
  }

  /// What stands in an error object.
  static String errorFields(ApiError error) {
    return "{\"message\":"
        + quoted(error.message())
        + ",\"type\":"
        + quoted(error.type())
        + ",\"param\":"
        + quotedOrNull(error.param())
        + ",\"code\":"
        + quotedOrNull(error.code())
        + "}";
  }

  static String quotedOrNull(Optional<String> text) {
    return text.map(ApiJson::quoted).orElse("null");
  }
}
