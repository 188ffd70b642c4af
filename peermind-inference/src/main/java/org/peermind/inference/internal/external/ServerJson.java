// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// JSON to and from servers, with bounds on what is read.
final class ServerJson {
  private static final int DEPTH_MAX = 64;
  private static final int STRING_CHARACTERS_MAX = 4 * 1024 * 1024;
  private static final int NUMBER_CHARACTERS_MAX = 64;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxStringLength(STRING_CHARACTERS_MAX)
                          .maxNumberLength(NUMBER_CHARACTERS_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /// Knows beforehand what it reads: one chunk of a stream is read for each token.
  private static final ObjectReader READER = MAPPER.readerFor(JsonNode.class);

  private ServerJson() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static byte[] bytes(ObjectNode object) {
    return object.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// An object, or the sentence that what came is none.
  static JsonNode read(byte[] json) throws ServerException {
    try {
      JsonNode tree = READER.readTree(json);
      if (tree != null && tree.isContainerNode()) {
        return tree;
      }
    } catch (JsonProcessingException malformed) {
      throw garbage();
    } catch (IOException impossible) {
      throw new IllegalStateException("An array of bytes can be read", impossible);
    }
    throw garbage();
  }

  private static ServerException garbage() {
    return new ServerException(
        ServerException.Kind.GARBAGE, "The server answered with something that is not JSON.");
  }
}
