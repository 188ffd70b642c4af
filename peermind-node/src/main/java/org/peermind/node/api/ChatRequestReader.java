// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.api.FieldRules.Neutral;
import org.peermind.node.query.Query;

/// Rebuilds a chat request from an allow-list; nothing of the body is passed through (spec section
/// 6 step 1). Whether an engine can do what is asked is known only where it is; such a refusal
/// comes back as one of the answer.
final class ChatRequestReader {
  private static final String USE_TOOLS = "any more: describe functions in tools";

  private static final Set<String> USED =
      Set.of(
          "model",
          "messages",
          "max_tokens",
          "max_completion_tokens",
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "presence_penalty",
          "frequency_penalty",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "stop",
          "seed",
          "stream",
          "stream_options",
          "response_format",
          "tools",
          "tool_choice",
          "parallel_tool_calls");

  private static final Set<String> IGNORED =
      Set.of(
          "user",
          "metadata",
          "store",
          "service_tier",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "prediction",
          "reasoning_effort",
          "verbosity");

  private static final Map<String, Neutral> NEUTRAL =
      Map.ofEntries(
          Map.entry("n", Neutral.of(FieldRules::isOne, "but as 1: ask again for another answer")),
          Map.entry("functions", Neutral.of(FieldRules::isEmpty, USE_TOOLS)),
          Map.entry(
              "function_call",
              Neutral.of(FieldRules.oneOf("none", "auto"), "any more: use tool_choice")),
          Map.entry(
              "modalities",
              Neutral.of(
                  value -> value.size() == 1 && FieldRules.oneOf("text").test(value.path(0)),
                  "with this value: answers are text only")),
          Map.entry("audio", Neutral.of(FieldRules::isNever, "here: answers are text only")),
          Map.entry(
              "web_search_options", Neutral.of(FieldRules::isNever, "here: models search nothing")),
          Map.entry("best_of", Neutral.of(FieldRules::isOne)),
          Map.entry("echo", Neutral.of(FieldRules::isFalse)),
          Map.entry("suffix", Neutral.of(FieldRules::isNever)),
          Map.entry("typical_p", Neutral.of(FieldRules::isOne)),
          Map.entry("repetition_penalty", Neutral.of(FieldRules::isOne)),
          Map.entry("repeat_penalty", Neutral.of(FieldRules::isOne)),
          Map.entry("grammar", Neutral.of(FieldRules::isNever, "here: use response_format")),
          Map.entry("guided_json", Neutral.of(FieldRules::isNever, "here: use response_format")),
          Map.entry("lora", Neutral.of(FieldRules::isNever)),
          Map.entry("id_slot", Neutral.of(FieldRules::isNever)),
          Map.entry("cache_prompt", Neutral.of(JsonNode::isBoolean)));

  private static final FieldRules RULES = new FieldRules(USED, IGNORED, NEUTRAL);

  private final ApiLimits limits;

  ChatRequestReader(ApiLimits limits) {
    this.limits = limits;
  }

  /// @throws RequestRefused with the field that is wrong, and never with what it contained
  AnswerRequest read(byte[] body) throws RequestRefused {
    JsonFields fields = JsonFields.parse(body);
    RULES.check(fields);
    String model = fields.model();
    StreamFields stream = StreamFields.of(fields);
    OptionalInt topLogprobs = topLogprobs(fields);
    List<ChatMessage> messages = messages(fields);
    ToolsReader.Read tools = ToolsReader.ofChat().read(fields);
    Prompt prompt = new Prompt.Chat(messages, tools.shown());
    checkLength(prompt);
    OptionalLong seed = SamplingReader.seed(fields);
    return new AnswerRequest(
        new Query(
            model,
            prompt,
            SamplingReader.tokensMax(fields, limits),
            SamplingReader.sampling(fields),
            seed,
            SamplingReader.stops(fields),
            ConstraintRefusal.either(
                FormatReader.ofChat(fields), "response_format", tools.constraint()),
            topLogprobs,
            Optional.empty()),
        stream);
  }

  private void checkLength(Prompt prompt) throws RequestRefused {
    if (prompt.bytes() > limits.promptBytesMax()) {
      throw RequestRefused.field(
          "messages",
          "context_length_exceeded",
          "messages and tools have %d bytes together; this node sends at most %d."
              .formatted(prompt.bytes(), limits.promptBytesMax()));
    }
  }

  private static OptionalInt topLogprobs(JsonFields fields) throws RequestRefused {
    OptionalLong count = fields.integer("top_logprobs", 0, TokenLogprob.TOP_MAX);
    if (!fields.flag("logprobs")) {
      if (count.orElse(0) > 0) {
        throw RequestRefused.field(
            "top_logprobs", "invalid_value", "top_logprobs needs logprobs to be true.");
      }
      return OptionalInt.empty();
    }
    return OptionalInt.of((int) count.orElse(0));
  }

  private static List<ChatMessage> messages(JsonFields fields) throws RequestRefused {
    List<JsonNode> messages = fields.requiredArray("messages", 1, Prompt.Chat.MESSAGES_MAX);
    List<ChatMessage> read = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      read.add(ChatMessageReader.read(messages.get(i), "messages[" + i + "]"));
    }
    return read;
  }
}
