// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON (RFC 8259), bounded in length and depth. Members that are null are left out, so that an
/// expression sees them as it sees members that are not there.
public final class JsonFormat implements AnswerFormat {
  private static final int DEPTH_MAX = 40;
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxNumberLength(60)
                          .maxStringLength(ANSWER_CHARACTERS_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    return read(answer);
  }

  /// The document of a JSON text; other formats that are written in JSON use it, too.
  static Object read(String text) throws UnreadableAnswer {
    String answer = text.startsWith("\uFEFF") ? text.substring(1) : text; // RFC 8259 section 8.1
    if (answer.length() > ANSWER_CHARACTERS_MAX) {
      throw new UnreadableAnswer("the answer is longer than 1 MiB");
    }
    if (answer.isBlank()) {
      throw new UnreadableAnswer("the answer is empty");
    }
    try {
      Object known = withoutNulls(MAPPER.readValue(answer, Object.class));
      if (known == null) {
        throw new UnreadableAnswer("the answer is null");
      }
      return known;
    } catch (JsonProcessingException malformed) {
      throw new UnreadableAnswer(complaint(answer), malformed);
    }
  }

  private static String complaint(String answer) {
    String start = answer.stripLeading();
    String head = start.substring(0, Math.min(200, start.length())).toLowerCase(Locale.ROOT);
    if (head.startsWith("<!doctype html") || head.startsWith("<html") || head.startsWith("<head")) {
      return "the answer is a web page, not JSON";
    }
    return "the answer is not complete JSON";
  }

  private static @Nullable Object withoutNulls(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Map<?, ?> map -> {
        Map<String, Object> known = new LinkedHashMap<>();
        map.forEach(
            (key, member) -> {
              Object kept = withoutNulls(member);
              if (kept != null) {
                known.put(String.valueOf(key), kept);
              }
            });
        yield known;
      }
      case List<?> list -> {
        List<Object> known = new ArrayList<>();
        for (Object element : list) {
          Object kept = withoutNulls(element);
          // An empty map keeps the places of the elements after it.
          known.add(kept == null ? Map.of() : kept);
        }
        yield known;
      }
      default -> value;
    };
  }
}
