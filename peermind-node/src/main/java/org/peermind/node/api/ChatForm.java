// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.List;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolCall;
import org.peermind.node.query.AnswerEvent;

/// The objects of `/v1/chat/completions`.
final class ChatForm implements AnswerForm {
  private static final String CHUNK = "chat.completion.chunk";

  private final String id;
  private final long createdSeconds;
  private String model;
  private final boolean includeUsage;
  private final boolean tellsLogprobs;
  private final StringBuilder text = new StringBuilder();
  private final ChatLogprobs logprobs = new ChatLogprobs();

  /// @param id `chatcmpl-` and hexadecimal digits
  /// @param createdSeconds since 1970
  ChatForm(String id, long createdSeconds, AnswerRequest request) {
    this.id = id;
    this.createdSeconds = createdSeconds;
    this.model = request.query().model();
    this.includeUsage = request.streaming().includeUsage();
    this.tellsLogprobs = request.query().topLogprobs().isPresent();
  }

  @Override
  public void named(String answering) {
    model = answering;
  }

  @Override
  public String promptField() {
    return "messages";
  }

  @Override
  public void begin(StreamEvents events) {
    events.data(chunk("{\"role\":\"assistant\",\"content\":\"\"}", "", "null"));
  }

  @Override
  public void more(StreamEvents events, String part, List<TokenLogprob> probabilities) {
    String told = "";
    if (tellsLogprobs) {
      ChatLogprobs of = new ChatLogprobs();
      of.add(probabilities);
      told = ",\"logprobs\":" + of.json();
    }
    events.data(chunk("{\"content\":" + ApiJson.quoted(part) + "}", told, "null"));
  }

  @Override
  public void end(StreamEvents events, AnswerEvent.Done done) {
    for (int i = 0; i < done.toolCalls().size(); i++) {
      String call = "{\"index\":" + i + "," + call(done.toolCalls().get(i)) + "}";
      events.data(chunk("{\"tool_calls\":[" + call + "]}", "", "null"));
    }
    events.data(chunk("{}", "", ApiJson.finishReason(done.reason())));
    if (includeUsage) {
      events.data(head(CHUNK) + ",\"choices\":[]," + ApiJson.usage(done) + "}");
    }
    events.continuity(done);
    events.data(ApiJson.STREAM_END);
  }

  @Override
  public void fail(StreamEvents events, ApiError error) {
    events.data(ApiJson.error(error));
  }

  private static String call(ToolCall call) {
    return "\"id\":"
        + ApiJson.quoted(call.id())
        + ",\"type\":\"function\",\"function\":{\"name\":"
        + ApiJson.quoted(call.name())
        + ",\"arguments\":"
        + ApiJson.quoted(call.argumentsJson())
        + "}";
  }

  private String chunk(String delta, String told, String finishReason) {
    return head(CHUNK)
        + ",\"choices\":[{\"index\":0,\"delta\":"
        + delta
        + told
        + ",\"finish_reason\":"
        + finishReason
        + "}]"
        + (includeUsage ? ",\"usage\":null}" : "}");
  }

  private String head(String object) {
    return ApiJson.head(id, object, createdSeconds, model);
  }

  @Override
  public void keep(String part, List<TokenLogprob> probabilities) {
    text.append(part);
    if (tellsLogprobs) {
      logprobs.add(probabilities);
    }
  }

  @Override
  public int keptCharacters() {
    return text.length() + logprobs.characters();
  }

  /// `refusal` and `logprobs` are null because OpenAI's schema demands them here; a message that
  /// only calls tools has no content.
  @Override
  public String whole(AnswerEvent.Done done) {
    boolean calls = !done.toolCalls().isEmpty();
    StringBuilder message = new StringBuilder("{\"role\":\"assistant\",\"content\":");
    message.append(calls && text.isEmpty() ? "null" : ApiJson.quoted(text.toString()));
    message.append(",\"refusal\":null");
    if (calls) {
      message.append(",\"tool_calls\":[");
      String separator = "{";
      for (ToolCall call : done.toolCalls()) {
        message.append(separator).append(call(call)).append('}');
        separator = ",{";
      }
      message.append(']');
    }
    return head("chat.completion")
        + ",\"choices\":[{\"index\":0,\"message\":"
        + message
        + "},\"logprobs\":"
        + (tellsLogprobs ? logprobs.json() : "null")
        + ",\"finish_reason\":"
        + ApiJson.finishReason(done.reason())
        + "}],"
        + ApiJson.usage(done)
        + "}";
  }
}
