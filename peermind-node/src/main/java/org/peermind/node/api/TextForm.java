// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.List;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.query.AnswerEvent;

/// The objects of `/v1/completions`, which are the same in a stream and as a whole.
final class TextForm implements AnswerForm {
  private final String id;
  private final long createdSeconds;
  private String model;
  private final boolean includeUsage;
  private final boolean tellsLogprobs;
  private final StringBuilder text = new StringBuilder();
  private final TextLogprobs logprobs = new TextLogprobs(0);
  private int streamedOffset;

  /// @param id `cmpl-` and hexadecimal digits
  /// @param createdSeconds since 1970
  TextForm(String id, long createdSeconds, AnswerRequest request) {
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
    return "prompt";
  }

  /// Nothing comes before the first text.
  @Override
  public void begin(StreamEvents events) {}

  @Override
  public void more(StreamEvents events, String part, List<TokenLogprob> probabilities) {
    String told = "null";
    if (tellsLogprobs) {
      TextLogprobs of = new TextLogprobs(streamedOffset);
      of.add(probabilities);
      streamedOffset = of.offset();
      told = of.json();
    }
    events.data(object(choice(part, told, "null"), nullUsage()));
  }

  @Override
  public void end(StreamEvents events, AnswerEvent.Done done) {
    events.data(object(choice("", "null", ApiJson.finishReason(done.reason())), nullUsage()));
    if (includeUsage) {
      events.data(object("", "," + ApiJson.usage(done)));
    }
    events.continuity(done);
    events.data(ApiJson.STREAM_END);
  }

  @Override
  public void fail(StreamEvents events, ApiError error) {
    events.data(ApiJson.error(error));
  }

  private String nullUsage() {
    return includeUsage ? ",\"usage\":null" : "";
  }

  private static String choice(String part, String told, String finishReason) {
    return "{\"text\":"
        + ApiJson.quoted(part)
        + ",\"index\":0,\"logprobs\":"
        + told
        + ",\"finish_reason\":"
        + finishReason
        + "}";
  }

  private String object(String choices, String usage) {
    return ApiJson.head(id, "text_completion", createdSeconds, model)
        + ",\"choices\":["
        + choices
        + "]"
        + usage
        + "}";
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
    String told = tellsLogprobs ? logprobs.json() : "null";
    return object(
        choice(text.toString(), told, ApiJson.finishReason(done.reason())),
        "," + ApiJson.usage(done));
  }
}
