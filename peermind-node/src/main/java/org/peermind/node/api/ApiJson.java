// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Locale;
import org.peermind.node.query.AnswerEvent;

/// The parts that OpenAI's objects share, written by hand: one chunk per token is the hottest path
/// of the API, and its form must not drift with a library's settings.
final class ApiJson {
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
    return "{\"error\":{\"message\":"
        + quoted(error.message())
        + ",\"type\":"
        + quoted(error.type())
        + ",\"param\":"
        + error.param().map(ApiJson::quoted).orElse("null")
        + ",\"code\":"
        + error.code().map(ApiJson::quoted).orElse("null")
        + "}}";
  }
}
