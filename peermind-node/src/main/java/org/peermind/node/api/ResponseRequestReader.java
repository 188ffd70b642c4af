// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.inference.Prompt;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.api.FieldRules.Neutral;
import org.peermind.node.query.Query;

/// Rebuilds a request of the Responses API from an allow-list. What needs a memory between requests
/// is refused: this node keeps none. `store` is read and never done, which the answer says.
///
/// `reasoning` and `service_tier` change nothing here, and the encrypted reasoning that some
/// clients always ask for is of no length, since no answer has a part of its own for reasoning.
final class ResponseRequestReader {
  private static final String NO_MEMORY =
      "here: this node keeps no responses; send the whole conversation as input";

  private static final Set<String> USED =
      Set.of(
          "model",
          "input",
          "instructions",
          "max_output_tokens",
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "presence_penalty",
          "frequency_penalty",
          "logit_bias",
          "stop",
          "seed",
          "include",
          "top_logprobs",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "text",
          "reasoning",
          "stream",
          "stream_options",
          "store",
          "metadata",
          "user",
          "safety_identifier",
          "prompt_cache_key");

  /// `max_tool_calls` counts calls of tools that a provider runs itself; there are none.
  private static final Set<String> IGNORED =
      Set.of("service_tier", "prompt_cache_retention", "prompt_cache_options", "max_tool_calls");

  private static final Map<String, Neutral> NEUTRAL =
      Map.ofEntries(
          Map.entry("previous_response_id", Neutral.of(FieldRules::isNever, NO_MEMORY)),
          Map.entry("conversation", Neutral.of(FieldRules::isNever, NO_MEMORY)),
          Map.entry(
              "background",
              Neutral.of(
                  FieldRules::isFalse, "here: an answer is made while its client waits for it")),
          Map.entry(
              "prompt",
              Neutral.of(FieldRules::isNever, "here: this node keeps no prompts; send the text")),
          Map.entry(
              "truncation",
              Neutral.of(
                  FieldRules.oneOf("disabled"),
                  "but as disabled: what is too long is refused, not cut")),
          Map.entry(
              "context_management",
              Neutral.of(FieldRules::isEmpty, "here: what is too long is refused, not cut")),
          Map.entry("messages", Neutral.of(FieldRules::isNever, "here: use input")),
          Map.entry("response_format", Neutral.of(FieldRules::isNever, "here: use text.format")),
          Map.entry("max_tokens", Neutral.of(FieldRules::isNever, "here: use max_output_tokens")),
          Map.entry(
              "max_completion_tokens",
              Neutral.of(FieldRules::isNever, "here: use max_output_tokens")));

  private static final FieldRules RULES = new FieldRules(USED, IGNORED, NEUTRAL);
  private static final FieldRules TEXT =
      new FieldRules(Set.of("format"), Set.of("verbosity"), Map.of());
  private static final FieldRules REASONING =
      new FieldRules(Set.of(), Set.of("effort", "summary", "generate_summary"), Map.of());
  private static final FieldRules STREAM_OPTIONS = FieldRules.only("include_obfuscation");

  private static final int INCLUDES_MAX = 16;
  private static final String LOGPROBS = "message.output_text.logprobs";
  private static final String ENCRYPTED_REASONING = "reasoning.encrypted_content";

  private final ApiLimits limits;

  ResponseRequestReader(ApiLimits limits) {
    this.limits = limits;
  }

  /// @throws RequestRefused with the field that is wrong, and never with what it contained
  ResponseRequest read(byte[] body) throws RequestRefused {
    JsonFields fields = JsonFields.parse(body);
    RULES.check(fields);
    String model = fields.model();
    REASONING.check(fields.object("reasoning"));
    STREAM_OPTIONS.check(fields.object("stream_options"));
    fields.flag("store");
    boolean stream = fields.flag("stream");
    JsonFields text = fields.object("text");
    TEXT.check(text);
    OptionalInt topLogprobs = topLogprobs(fields);
    ToolsReader.Read tools = ToolsReader.ofResponses().read(fields);
    Prompt prompt = new Prompt.Chat(ResponseInputReader.read(fields), tools.shown());
    if (prompt.bytes() > limits.promptBytesMax()) {
      throw RequestRefused.field(
          "input",
          "context_length_exceeded",
          "input, instructions and tools have %d bytes together; this node sends at most %d."
              .formatted(prompt.bytes(), limits.promptBytesMax()));
    }
    Query query =
        new Query(
            model,
            prompt,
            tokensMax(fields),
            SamplingReader.sampling(fields),
            SamplingReader.seed(fields),
            SamplingReader.stops(fields),
            ConstraintRefusal.either(
                FormatReader.ofResponses(text), "text.format", tools.constraint()),
            topLogprobs,
            Optional.empty());
    return new ResponseRequest(query, stream, ResponseSettings.json(fields, query));
  }

  private int tokensMax(JsonFields fields) throws RequestRefused {
    OptionalLong tokens = fields.integer("max_output_tokens", 1, limits.answerTokensMax());
    return (int) tokens.orElse(limits.answerTokensDefault());
  }

  private static OptionalInt topLogprobs(JsonFields fields) throws RequestRefused {
    boolean told = false;
    List<String> includes = fields.textOrTexts("include", INCLUDES_MAX);
    for (int i = 0; i < includes.size(); i++) {
      switch (includes.get(i)) {
        case LOGPROBS -> told = true;
        case ENCRYPTED_REASONING -> {}
        default ->
            throw RequestRefused.field(
                "include[" + i + "]",
                "unsupported_parameter",
                "include[%d] is not supported but as %s.".formatted(i, LOGPROBS));
      }
    }
    OptionalLong count = fields.integer("top_logprobs", 0, TokenLogprob.TOP_MAX);
    if (!told && count.orElse(0) > 0) {
      throw RequestRefused.field(
          "top_logprobs", "invalid_value", "top_logprobs needs %s in include.".formatted(LOGPROBS));
    }
    return told ? OptionalInt.of((int) count.orElse(0)) : OptionalInt.empty();
  }
}
