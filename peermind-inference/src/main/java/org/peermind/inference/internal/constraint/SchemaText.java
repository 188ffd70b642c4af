// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import org.peermind.inference.ConstraintCheck;

/// Reads the text of a schema after looking at its size and depth, which cost no more than one pass
/// and no stack.
final class SchemaText {
  private static final int NUMBER_LENGTH_MAX = 200;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(ConstraintCheck.SCHEMA_NESTING_MAX)
                          .maxNumberLength(NUMBER_LENGTH_MAX)
                          .maxDocumentLength(ConstraintCheck.SCHEMA_BYTES_MAX)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private SchemaText() {}

  /// @throws SchemaRefusal when the text is too long, too deep or no JSON
  static JsonNode parse(String text) throws SchemaRefusal {
    if (text.length() > ConstraintCheck.SCHEMA_BYTES_MAX
        || text.getBytes(StandardCharsets.UTF_8).length > ConstraintCheck.SCHEMA_BYTES_MAX) {
      throw new SchemaRefusal(
          "A schema has at most %d bytes; make it shorter."
              .formatted(ConstraintCheck.SCHEMA_BYTES_MAX));
    }
    if (deepest(text) > ConstraintCheck.SCHEMA_NESTING_MAX) {
      throw new SchemaRefusal(
          "A schema nests at most %d brackets deep; use $defs to make it flatter."
              .formatted(ConstraintCheck.SCHEMA_NESTING_MAX));
    }
    try {
      JsonNode schema = MAPPER.readTree(text);
      if (schema == null || schema.isMissingNode()) {
        throw new SchemaRefusal("The schema is empty; give a JSON object.");
      }
      return schema;
    } catch (JsonProcessingException malformed) {
      // The parser's own message quotes the text, which may be private.
      long line = malformed.getLocation() == null ? 0 : malformed.getLocation().getLineNr();
      throw new SchemaRefusal(
          "The schema is not valid JSON (line %d, or a key stands twice).".formatted(line));
    }
  }

  private static int deepest(String text) {
    int depth = 0;
    int deepest = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        i += c == '\\' ? 1 : 0;
        quoted = c != '"';
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{' || c == '[') {
        deepest = Math.max(deepest, ++depth);
      } else if (c == '}' || c == ']') {
        depth--;
      }
    }
    return deepest;
  }
}
