// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.inference.Embeddings;
import org.peermind.node.query.Query;

/// Rebuilds a request of `/v1/embeddings`.
final class EmbeddingRequestReader {
  private static final int DIMENSIONS_MAX = 65_536;

  /// All texts together; each may be as long as a conversation.
  private static final int TEXTS_BYTES_MAX = 256 * 1024;

  private static final FieldRules RULES =
      new FieldRules(
          Set.of("model", "input", "encoding_format", "dimensions"), Set.of("user"), Map.of());

  private final ApiLimits limits;

  EmbeddingRequestReader(ApiLimits limits) {
    this.limits = limits;
  }

  /// @param asBase64 vectors as single-precision numbers in little-endian order, in base64
  /// @param dimensions that the vectors must have; empty when the client does not mind
  record EmbeddingRequest(Query query, boolean asBase64, OptionalLong dimensions) {}

  /// @throws RequestRefused with the field that is wrong, and never with what it contained
  EmbeddingRequest read(byte[] body) throws RequestRefused {
    JsonFields fields = JsonFields.parse(body);
    RULES.check(fields);
    String model = fields.model();
    String format = fields.optionalText("encoding_format").orElse("float");
    if (!format.equals("float") && !format.equals("base64")) {
      throw RequestRefused.field(
          "encoding_format", "invalid_value", "encoding_format must be float or base64.");
    }
    OptionalLong dimensions = fields.integer("dimensions", 1, DIMENSIONS_MAX);
    List<String> texts = texts(fields);
    return new EmbeddingRequest(Query.embedding(model, texts), format.equals("base64"), dimensions);
  }

  private List<String> texts(JsonFields fields) throws RequestRefused {
    JsonNode input = fields.required("input");
    if (input.isArray() && (input.path(0).isNumber() || input.path(0).isArray())) {
      throw RequestRefused.field(
          "input",
          "unsupported_parameter",
          "input is not supported as token ids: send the text, whose tokens differ from model to"
              + " model.");
    }
    List<String> texts = fields.textOrTexts("input", Embeddings.TEXTS_MAX);
    if (texts.isEmpty() || texts.stream().anyMatch(String::isEmpty)) {
      throw RequestRefused.field(
          "input",
          "invalid_value",
          "input must have 1 to %d texts, none of them empty.".formatted(Embeddings.TEXTS_MAX));
    }
    long together = 0;
    for (String text : texts) {
      int bytes = JsonFields.utf8Bytes(text);
      together += bytes;
      if (bytes > limits.promptBytesMax() || together > TEXTS_BYTES_MAX) {
        throw RequestRefused.field(
            "input",
            "context_length_exceeded",
            "input has more than %d bytes in one text or %d in all; send less at once."
                .formatted(limits.promptBytesMax(), TEXTS_BYTES_MAX));
      }
    }
    return texts;
  }
}
