// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.node.query.Query;

/// Rebuilds a chat request from an allow-list; nothing of the body is passed through (spec section
/// 6 step 1).
///
/// Every field is in one of four lists. *Used*: read below. *Ignored*: they tell a provider how to
/// bill, store, cache or hurry, and change nothing about the answer. *Neutral*: known fields that
/// would change the answer in a way that no engine here does; their neutral value, which clients
/// send by habit, is accepted, any other is refused as `unsupported_parameter`. *Everything else*
/// is refused as `unknown_parameter`, as OpenAI's own service does: an answer that silently ignores
/// what was asked is worse than a clear sentence. A null counts as absent, as in OpenAI's schema.
final class ChatRequestReader {
  private static final int MESSAGES_MAX = 64;
  private static final int MODEL_CHARACTERS_MAX = 100;
  private static final int STOPS_MAX = 4;
  private static final int STOP_BYTES_MAX = 32;
  private static final double TEMPERATURE_DEFAULT = 1;
  private static final double TEMPERATURE_MAX = 2;

  private static final Set<String> USED =
      Set.of(
          "model",
          "messages",
          "max_tokens",
          "max_completion_tokens",
          "temperature",
          "top_p",
          "stop",
          "seed",
          "stream",
          "stream_options");

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
          "parallel_tool_calls",
          "reasoning_effort",
          "verbosity");

  private static final Map<String, Predicate<JsonNode>> NEUTRAL =
      Map.ofEntries(
          Map.entry("n", value -> value.isIntegralNumber() && value.asLong() == 1),
          Map.entry("presence_penalty", ChatRequestReader::isZero),
          Map.entry("frequency_penalty", ChatRequestReader::isZero),
          Map.entry("logprobs", value -> value.isBoolean() && !value.booleanValue()),
          Map.entry("top_logprobs", ChatRequestReader::isZero),
          Map.entry("logit_bias", value -> value.isObject() && value.isEmpty()),
          Map.entry("tools", value -> value.isArray() && value.isEmpty()),
          Map.entry("tool_choice", value -> isOneOf(value, "none", "auto")),
          Map.entry("functions", value -> value.isArray() && value.isEmpty()),
          Map.entry("function_call", value -> isOneOf(value, "none", "auto")),
          Map.entry(
              "response_format", value -> value.size() == 1 && isOneOf(value.path("type"), "text")),
          Map.entry("modalities", value -> value.size() == 1 && isOneOf(value.path(0), "text")),
          Map.entry("audio", value -> false),
          Map.entry("web_search_options", value -> false),
          Map.entry("best_of", value -> value.isIntegralNumber() && value.asLong() == 1),
          Map.entry("echo", value -> value.isBoolean() && !value.booleanValue()),
          Map.entry("suffix", value -> false),
          Map.entry("top_k", value -> false),
          Map.entry("min_p", ChatRequestReader::isZero),
          Map.entry("typical_p", value -> value.isNumber() && value.doubleValue() == 1),
          Map.entry("repetition_penalty", value -> value.isNumber() && value.doubleValue() == 1),
          Map.entry("repeat_penalty", value -> value.isNumber() && value.doubleValue() == 1),
          Map.entry("grammar", value -> false),
          Map.entry("guided_json", value -> false),
          Map.entry("lora", value -> false),
          Map.entry("id_slot", value -> false),
          Map.entry("cache_prompt", value -> value.isBoolean()));

  private final ApiLimits limits;

  ChatRequestReader(ApiLimits limits) {
    this.limits = limits;
  }

  /// @throws RequestRefused with the field that is wrong, and never with what it contained
  ChatRequest read(byte[] body) throws RequestRefused {
    JsonFields fields = JsonFields.parse(body);
    checkNames(fields);
    String model = fields.requiredText("model");
    if (model.isBlank() || model.length() > MODEL_CHARACTERS_MAX) {
      throw RequestRefused.field(
          "model",
          "invalid_value",
          "model must be a name of 1 to %d characters.".formatted(MODEL_CHARACTERS_MAX));
    }
    boolean stream = fields.flag("stream");
    boolean includeUsage = includeUsage(fields);
    Query query =
        new Query(
            model,
            Prompt.chat(messages(fields)),
            tokensMax(fields),
            new Sampling(
                fields.number("temperature", TEMPERATURE_DEFAULT, 0, TEMPERATURE_MAX),
                topP(fields),
                0),
            seed(fields),
            stops(fields));
    if (query.promptBytes() > limits.promptBytesMax()) {
      throw RequestRefused.field(
          "messages",
          "context_length_exceeded",
          "messages have %d bytes together; this node sends at most %d."
              .formatted(query.promptBytes(), limits.promptBytesMax()));
    }
    return new ChatRequest(query, stream, includeUsage);
  }

  private static void checkNames(JsonFields fields) throws RequestRefused {
    for (Map.Entry<String, JsonNode> field : fields.present()) {
      String name = field.getKey();
      if (USED.contains(name) || IGNORED.contains(name)) {
        continue;
      }
      Predicate<JsonNode> neutral = NEUTRAL.get(name);
      if (neutral == null) {
        throw unknown(fields.shown(name));
      }
      if (!neutral.test(field.getValue())) {
        throw RequestRefused.field(
            name,
            "unsupported_parameter",
            "%s is not supported with this value: no engine of this network does it yet."
                .formatted(name));
      }
    }
  }

  private static RequestRefused unknown(String shownName) {
    return RequestRefused.field(
        shownName, "unknown_parameter", "%s is not a field this API knows.".formatted(shownName));
  }

  private static boolean includeUsage(JsonFields fields) throws RequestRefused {
    JsonFields options = fields.object("stream_options");
    for (Map.Entry<String, JsonNode> option : options.present()) {
      String name = option.getKey();
      if (!name.equals("include_usage") && !name.equals("include_obfuscation")) {
        throw unknown(options.shown(name));
      }
    }
    return options.flag("include_usage");
  }

  private static List<ChatMessage> messages(JsonFields fields) throws RequestRefused {
    List<JsonNode> messages = fields.requiredArray("messages", 1, MESSAGES_MAX);
    List<ChatMessage> read = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      read.add(ChatMessageReader.read(messages.get(i), "messages[" + i + "]"));
    }
    return read;
  }

  private int tokensMax(JsonFields fields) throws RequestRefused {
    OptionalLong newer = fields.integer("max_completion_tokens", 1, limits.answerTokensMax());
    OptionalLong older = fields.integer("max_tokens", 1, limits.answerTokensMax());
    if (newer.isPresent() && older.isPresent() && newer.getAsLong() != older.getAsLong()) {
      throw RequestRefused.field(
          "max_tokens",
          "invalid_value",
          "max_tokens and max_completion_tokens name different numbers; send one of them.");
    }
    return (int) newer.orElse(older.orElse(limits.answerTokensDefault()));
  }

  private static double topP(JsonFields fields) throws RequestRefused {
    double topP = fields.number("top_p", 1, 0, 1);
    if (topP == 0) {
      throw RequestRefused.field("top_p", "invalid_value", "top_p must be greater than 0.");
    }
    return topP;
  }

  private static OptionalLong seed(JsonFields fields) throws RequestRefused {
    return fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private static List<String> stops(JsonFields fields) throws RequestRefused {
    List<String> stops = fields.textOrTexts("stop", STOPS_MAX);
    for (String stop : stops) {
      int bytes = JsonFields.utf8Bytes(stop);
      if (bytes < 1 || bytes > STOP_BYTES_MAX) {
        throw RequestRefused.field(
            "stop",
            "invalid_value",
            "stop must have 1 to %d bytes in each text.".formatted(STOP_BYTES_MAX));
      }
    }
    return stops;
  }

  private static boolean isZero(JsonNode value) {
    return value.isNumber() && value.doubleValue() == 0;
  }

  private static boolean isOneOf(JsonNode value, String first, String... others) {
    return value.isTextual()
        && (value.textValue().equals(first) || List.of(others).contains(value.textValue()));
  }
}
