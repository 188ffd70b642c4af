// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolCall;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerEvent.FinishReason;

/// The objects of `/v1/responses`. An answer has one message, unless it makes calls alone, and then
/// one item for each call. Every event carries its name twice and its place in the stream, and what
/// came in pieces is repeated as a whole, so the text of a stream is kept too. Probabilities belong
/// to texts: those of the tokens of calls are not told.
final class ResponseForm implements AnswerForm {
  private static final String COMPLETED = "completed";
  private static final String INCOMPLETE = "incomplete";
  private static final String IN_PROGRESS = "in_progress";

  private final String digits;
  private final long createdSeconds;
  private final LongSupplier nowSeconds;
  private String model;
  private final String settingsJson;
  private final boolean tellsLogprobs;
  private final StringBuilder text = new StringBuilder();
  private final ChatLogprobs logprobs = new ChatLogprobs();

  /// Of tokens before the first text, which may be those of a call.
  private final List<TokenLogprob> untold = new ArrayList<>();

  private boolean hasMessage;
  private int sequence;

  /// @param digits hexadecimal, which make the ids of the answer and its items
  /// @param nowSeconds since 1970
  ResponseForm(String digits, LongSupplier nowSeconds, ResponseRequest request) {
    this.digits = digits;
    this.createdSeconds = nowSeconds.getAsLong();
    this.nowSeconds = nowSeconds;
    this.model = request.query().model();
    this.settingsJson = request.settingsJson();
    this.tellsLogprobs = request.query().topLogprobs().isPresent();
  }

  @Override
  public void named(String answering) {
    model = answering;
  }

  @Override
  public String promptField() {
    return "input";
  }

  @Override
  public void begin(StreamEvents events) {
    String begun = "\"response\":" + response(IN_PROGRESS, List.of(), "null", Optional.empty());
    event(events, "response.created", begun);
    event(events, "response.in_progress", begun);
  }

  @Override
  public void more(StreamEvents events, String part, List<TokenLogprob> probabilities) {
    keep(part, probabilities);
    if (tellsLogprobs) {
      untold.addAll(probabilities);
    }
    if (!hasMessage) {
      if (part.isEmpty()) {
        return;
      }
      beginMessage(events);
    }
    ChatLogprobs told = new ChatLogprobs();
    told.add(untold);
    untold.clear();
    event(
        events,
        "response.output_text.delta",
        placeOfText() + ",\"delta\":" + ApiJson.quoted(part) + ",\"logprobs\":" + told.array());
  }

  private void beginMessage(StreamEvents events) {
    hasMessage = true;
    event(events, "response.output_item.added", item(0, message(IN_PROGRESS, "")));
    event(
        events,
        "response.content_part.added",
        placeOfText() + ",\"part\":" + outputText("\"\"", "[]"));
  }

  @Override
  public void end(StreamEvents events, AnswerEvent.Done done) {
    String status = status(done);
    if (!hasMessage && done.toolCalls().isEmpty()) {
      beginMessage(events);
    }
    if (hasMessage) {
      endMessage(events, status);
    }
    for (int i = 0; i < done.toolCalls().size(); i++) {
      call(events, i, done.toolCalls().get(i));
    }
    events.continuity(done);
    event(events, "response." + status, "\"response\":" + whole(done));
  }

  private void endMessage(StreamEvents events, String status) {
    String place = placeOfText();
    String quoted = ApiJson.quoted(text.toString());
    event(
        events,
        "response.output_text.done",
        place + ",\"text\":" + quoted + ",\"logprobs\":" + logprobs.array());
    event(
        events,
        "response.content_part.done",
        place + ",\"part\":" + outputText(quoted, logprobs.array()));
    event(events, "response.output_item.done", item(0, message(status, content())));
  }

  /// The arguments come at once: an engine tells of a call when it is whole.
  private void call(StreamEvents events, int index, ToolCall call) {
    int outputIndex = index + (hasMessage ? 1 : 0);
    String place = place(callId(index), outputIndex);
    String arguments = ApiJson.quoted(call.argumentsJson());
    String begun = call(index, call, IN_PROGRESS, "\"\"");
    event(events, "response.output_item.added", item(outputIndex, begun));
    event(events, "response.function_call_arguments.delta", place + ",\"delta\":" + arguments);
    event(
        events,
        "response.function_call_arguments.done",
        place + ",\"name\":" + ApiJson.quoted(call.name()) + ",\"arguments\":" + arguments);
    String ended = call(index, call, COMPLETED, arguments);
    event(events, "response.output_item.done", item(outputIndex, ended));
  }

  /// The error event is what clients throw; the response after it is for those who follow the
  /// response.
  @Override
  public void fail(StreamEvents events, ApiError error) {
    event(
        events,
        "error",
        "\"code\":"
            + ApiJson.quotedOrNull(error.code())
            + ",\"message\":"
            + ApiJson.quoted(error.message())
            + ",\"param\":"
            + ApiJson.quotedOrNull(error.param())
            + ",\"error\":"
            + ApiJson.errorFields(error));
    List<String> output = hasMessage ? List.of(message(INCOMPLETE, content())) : List.of();
    event(
        events,
        "response.failed",
        "\"response\":" + response("failed", output, "null", Optional.of(error)));
  }

  private void event(StreamEvents events, String type, String members) {
    events.named(
        type, "{\"type\":\"" + type + "\",\"sequence_number\":" + sequence + "," + members + "}");
    sequence++;
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

  @Override
  public String whole(AnswerEvent.Done done) {
    String status = status(done);
    List<String> output = new ArrayList<>();
    boolean callsAlone = text.isEmpty() && !done.toolCalls().isEmpty();
    if (!callsAlone) {
      output.add(message(status, content()));
    }
    for (int i = 0; i < done.toolCalls().size(); i++) {
      ToolCall call = done.toolCalls().get(i);
      output.add(call(i, call, COMPLETED, ApiJson.quoted(call.argumentsJson())));
    }
    return response(status, output, usage(done), Optional.empty());
  }

  private static String status(AnswerEvent.Done done) {
    return done.reason() == FinishReason.LENGTH ? INCOMPLETE : COMPLETED;
  }

  private String response(
      String status, List<String> output, String usage, Optional<ApiError> error) {
    return "{\"id\":\"resp_"
        + digits
        + "\",\"object\":\"response\",\"created_at\":"
        + createdSeconds
        + ",\"completed_at\":"
        + (status.equals(COMPLETED) ? Long.toString(nowSeconds.getAsLong()) : "null")
        + ",\"status\":\""
        + status
        + "\",\"error\":"
        + error.map(ResponseForm::failure).orElse("null")
        + ",\"incomplete_details\":"
        + (status.equals(INCOMPLETE) ? "{\"reason\":\"max_output_tokens\"}" : "null")
        + ",\"model\":"
        + ApiJson.quoted(model)
        + ",\"output\":["
        + String.join(",", output)
        + "],"
        + settingsJson
        + ",\"usage\":"
        + usage
        + "}";
  }

  /// OpenAI's codes here are a closed set; the finer one is in the error event.
  private static String failure(ApiError error) {
    String code =
        error.status() >= 500
            ? "server_error"
            : error.status() == 429 ? "rate_limit_exceeded" : "invalid_prompt";
    return "{\"code\":\"" + code + "\",\"message\":" + ApiJson.quoted(error.message()) + "}";
  }

  private static String usage(AnswerEvent.Done done) {
    long total = (long) done.promptTokens() + done.completionTokens();
    return "{\"input_tokens\":"
        + done.promptTokens()
        + ",\"input_tokens_details\":{\"cached_tokens\":"
        + done.cachedTokens()
        + ",\"cache_write_tokens\":0},\"output_tokens\":"
        + done.completionTokens()
        + ",\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":"
        + total
        + ",\"peermind\":"
        + GreenUsage.json(done)
        + "}";
  }

  private static String item(int outputIndex, String item) {
    return "\"output_index\":" + outputIndex + ",\"item\":" + item;
  }

  private static String place(String itemId, int outputIndex) {
    return "\"item_id\":\"" + itemId + "\",\"output_index\":" + outputIndex;
  }

  private String placeOfText() {
    return place(messageId(), 0) + ",\"content_index\":0";
  }

  private String messageId() {
    return "msg_" + digits;
  }

  /// Different for each call of an answer.
  private String callId(int index) {
    return "fc_" + digits + "%02x".formatted(index);
  }

  private String message(String status, String content) {
    return "{\"id\":\""
        + messageId()
        + "\",\"type\":\"message\",\"status\":\""
        + status
        + "\",\"role\":\"assistant\",\"content\":["
        + content
        + "]}";
  }

  private String content() {
    return outputText(ApiJson.quoted(text.toString()), logprobs.array());
  }

  private static String outputText(String quoted, String logprobs) {
    return "{\"type\":\"output_text\",\"text\":"
        + quoted
        + ",\"annotations\":[],\"logprobs\":"
        + logprobs
        + "}";
  }

  private String call(int index, ToolCall call, String status, String arguments) {
    return "{\"id\":\""
        + callId(index)
        + "\",\"type\":\"function_call\",\"status\":\""
        + status
        + "\",\"call_id\":"
        + ApiJson.quoted(call.id())
        + ",\"name\":"
        + ApiJson.quoted(call.name())
        + ",\"arguments\":"
        + arguments
        + "}";
  }
}
