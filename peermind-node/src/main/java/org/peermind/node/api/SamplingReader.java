// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Sampling;

/// Reads how an answer is sampled and how long it may become: the same fields for conversations and
/// for plain text.
final class SamplingReader {
  private static final double TEMPERATURE_DEFAULT = 1;
  private static final int TOKEN_DIGITS_MAX = 9;

  private SamplingReader() {}

  /// Its seed is unused; see [#seed].
  static Sampling sampling(JsonFields fields) throws RequestRefused {
    return new Sampling(
        fields.number("temperature", TEMPERATURE_DEFAULT, 0, Sampling.TEMPERATURE_MAX),
        topP(fields),
        0,
        topK(fields),
        fields.number("min_p", 0, 0, 1),
        fields.number("presence_penalty", 0, -Sampling.PENALTY_MAX, Sampling.PENALTY_MAX),
        fields.number("frequency_penalty", 0, -Sampling.PENALTY_MAX, Sampling.PENALTY_MAX),
        logitBias(fields));
  }

  private static double topP(JsonFields fields) throws RequestRefused {
    double topP = fields.number("top_p", 1, 0, 1);
    if (topP == 0) {
      throw RequestRefused.field("top_p", "invalid_value", "top_p must be greater than 0.");
    }
    return topP;
  }

  /// Some clients write -1 for all tokens, others 0.
  private static int topK(JsonFields fields) throws RequestRefused {
    return (int) Math.max(0, fields.integer("top_k", -1, Sampling.TOP_K_MAX).orElse(0));
  }

  private static Map<Integer, Double> logitBias(JsonFields fields) throws RequestRefused {
    JsonFields biases = fields.object("logit_bias");
    List<Map.Entry<String, JsonNode>> entries = biases.present();
    if (entries.size() > Sampling.BIASES_MAX) {
      throw RequestRefused.field(
          "logit_bias",
          "invalid_value",
          "logit_bias must name at most %d tokens.".formatted(Sampling.BIASES_MAX));
    }
    Map<Integer, Double> read = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : entries) {
      String token = entry.getKey();
      JsonNode bias = entry.getValue();
      boolean isToken =
          !token.isEmpty()
              && token.length() <= TOKEN_DIGITS_MAX
              && token.chars().allMatch(digit -> digit >= '0' && digit <= '9');
      boolean isBias = bias.isNumber() && Math.abs(bias.doubleValue()) <= Sampling.BIAS_MAX;
      if (!isToken || !isBias) {
        throw RequestRefused.field(
            "logit_bias",
            "invalid_value",
            "logit_bias must map token ids to numbers from -100 to 100.");
      }
      read.put(Integer.valueOf(token), bias.doubleValue());
    }
    return read;
  }

  static OptionalLong seed(JsonFields fields) throws RequestRefused {
    return fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
  }

  static List<String> stops(JsonFields fields) throws RequestRefused {
    List<String> stops = fields.textOrTexts("stop", GenerationRequest.STOP_MAX);
    for (String stop : stops) {
      int bytes = JsonFields.utf8Bytes(stop);
      if (bytes < 1 || bytes > GenerationRequest.STOP_BYTES_MAX) {
        throw RequestRefused.field(
            "stop",
            "invalid_value",
            "stop must have 1 to %d bytes in each text."
                .formatted(GenerationRequest.STOP_BYTES_MAX));
      }
    }
    return stops;
  }

  static int tokensMax(JsonFields fields, ApiLimits limits) throws RequestRefused {
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
}
