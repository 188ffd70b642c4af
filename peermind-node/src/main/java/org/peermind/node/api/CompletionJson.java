// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Locale;
import org.peermind.node.query.AnswerEvent;

/// The objects of OpenAI's chat completion API, written by hand: one chunk per token is the hottest
/// path of the API, and its form must not drift with a library's settings.
///
/// @param id `chatcmpl-` and hexadecimal digits
/// @param createdSeconds since 1970
/// @param includeUsage whether every chunk carries a `usage`, which is null but for the last
record CompletionJson(String id, long createdSeconds, String model, boolean includeUsage) {

  String roleChunk() {
    return chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null");
  }

  String textChunk(String text) {
    return chunk("{\"content\":" + quoted(text) + "}", "null");
  }

  String lastChunk(AnswerEvent.FinishReason reason) {
    return chunk("{}", finishReason(reason));
  }

  String usageChunk(AnswerEvent.Done done) {
    return head("chat.completion.chunk") + ",\"choices\":[]," + usage(done) + "}";
  }

  /// The whole answer. `refusal` and `logprobs` are null because OpenAI's schema demands them here.
  String completion(String text, AnswerEvent.Done done) {
    return head("chat.completion")
        + ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
        + quoted(text)
        + ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":"
        + finishReason(done.reason())
        + "}],"
        + usage(done)
        + "}";
  }

  private String chunk(String delta, String finishReason) {
    return head("chat.completion.chunk")
        + ",\"choices\":[{\"index\":0,\"delta\":"
        + delta
        + ",\"finish_reason\":"
        + finishReason
        + "}]"
        + (includeUsage ? ",\"usage\":null}" : "}");
  }

  private String head(String object) {
    return "{\"id\":\""
        + id
        + "\",\"object\":\""
        + object
        + "\",\"created\":"
        + createdSeconds
        + ",\"model\":"
        + quoted(model);
  }

  private static String usage(AnswerEvent.Done done) {
    long total = (long) done.promptTokens() + done.completionTokens();
    return "\"usage\":{\"prompt_tokens\":"
        + done.promptTokens()
        + ",\"completion_tokens\":"
        + done.completionTokens()
        + ",\"total_tokens\":"
        + total
        + "}";
  }

  private static String finishReason(AnswerEvent.FinishReason reason) {
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
        + error.param().map(CompletionJson::quoted).orElse("null")
        + ",\"code\":"
        + error.code().map(CompletionJson::quoted).orElse("null")
        + "}}";
  }
}
