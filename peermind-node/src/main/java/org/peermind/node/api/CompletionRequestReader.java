// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.inference.Constraint;
import org.peermind.inference.Prompt;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.api.FieldRules.Neutral;
import org.peermind.node.query.Query;

/// Rebuilds a request of `/v1/completions`, in which a text is gone on with, without any template.
final class CompletionRequestReader {
  private static final FieldRules RULES =
      new FieldRules(
          Set.of(
              "model",
              "prompt",
              "max_tokens",
              "temperature",
              "top_p",
              "top_k",
              "min_p",
              "presence_penalty",
              "frequency_penalty",
              "logit_bias",
              "logprobs",
              "stop",
              "seed",
              "stream",
              "stream_options"),
          Set.of("user"),
          Map.of(
              "n", Neutral.of(FieldRules::isOne, "but as 1: ask again for another text"),
              "best_of", Neutral.of(FieldRules::isOne, "but as 1: one text is made"),
              "echo", Neutral.of(FieldRules::isFalse, "here: the prompt is known to the client"),
              "suffix",
                  Neutral.of(
                      value -> value.isTextual() && value.textValue().isEmpty(),
                      "here: a text is gone on with at its end only")));

  private final ApiLimits limits;

  CompletionRequestReader(ApiLimits limits) {
    this.limits = limits;
  }

  /// @throws RequestRefused with the field that is wrong, and never with what it contained
  AnswerRequest read(byte[] body) throws RequestRefused {
    JsonFields fields = JsonFields.parse(body);
    RULES.check(fields);
    String model = fields.model();
    StreamFields stream = StreamFields.of(fields);
    Prompt prompt = new Prompt.Text(prompt(fields));
    if (prompt.bytes() > limits.promptBytesMax()) {
      throw RequestRefused.field(
          "prompt",
          "context_length_exceeded",
          "prompt has %d bytes; this node sends at most %d."
              .formatted(prompt.bytes(), limits.promptBytesMax()));
    }
    OptionalLong logprobs = fields.integer("logprobs", 0, TokenLogprob.TOP_MAX);
    return new AnswerRequest(
        new Query(
            model,
            prompt,
            SamplingReader.tokensMax(fields, limits),
            SamplingReader.sampling(fields),
            SamplingReader.seed(fields),
            SamplingReader.stops(fields),
            new Constraint.None(),
            logprobs.isPresent() ? OptionalInt.of((int) logprobs.getAsLong()) : OptionalInt.empty(),
            Optional.empty()),
        stream);
  }

  private static String prompt(JsonFields fields) throws RequestRefused {
    JsonNode prompt = fields.required("prompt");
    if (prompt.isTextual()) {
      return JsonFields.wholeText(prompt.textValue(), "prompt");
    }
    boolean isTokens = prompt.isArray() && (prompt.path(0).isNumber() || prompt.path(0).isArray());
    if (isTokens) {
      throw RequestRefused.field(
          "prompt",
          "unsupported_parameter",
          "prompt is not supported as token ids: send the text, whose tokens differ from model to"
              + " model.");
    }
    if (prompt.isArray() && prompt.size() != 1) {
      throw RequestRefused.field(
          "prompt",
          "unsupported_parameter",
          "prompt is not supported as several texts: send one request for each.");
    }
    List<String> texts = fields.textOrTexts("prompt", 1);
    return texts.getFirst();
  }
}
