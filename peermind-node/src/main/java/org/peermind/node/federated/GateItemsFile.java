// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.federated.gate.GateItems;
import org.peermind.protocol.federated.RoundEvaluation;

/// The file of a gate's items: JSON Lines, one object a line. `{"kind": "held-out", "question":
/// ..., "answer": ...}` or with `"prompt"` and `"completion"` instead, `{"kind": "probe", "prompt":
/// ..., "expect": ..., "forbid": ...}` (one of the two may be left out) and `{"kind": "neutral",
/// "text": ...}`.
public final class GateItemsFile {
  /// The largest file.
  public static final int BYTES_MAX = 4 << 20;

  /// Longest text of an item, in characters.
  static final int CHARACTERS_MAX = 8_192;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private GateItemsFile() {}

  /// Reads items. There is at least one that is held out and one neutral text, because an update
  /// that is not compared on both never passes.
  ///
  /// @throws IOException in a sentence that names the line, when something is wrong
  public static GateItems read(byte[] bytes) throws IOException {
    if (bytes.length > BYTES_MAX) {
      throw new IOException("The gate's items have more than %d MiB.".formatted(BYTES_MAX >> 20));
    }
    List<GateItems.HeldOut> heldOut = new ArrayList<>();
    List<GateItems.Probe> probes = new ArrayList<>();
    List<String> neutral = new ArrayList<>();
    int number = 0;
    for (String line : text(bytes).lines().toList()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      JsonNode item = object(line, number);
      String kind = item.path("kind").asText();
      switch (kind) {
        case "held-out" -> {
          heldOut.add(heldOut(item, number));
        }
        case "probe" -> probes.add(probe(item, number));
        case "neutral" -> {
          only(item, number, Set.of("kind", "text"));
          neutral.add(field(item, "text", number, 1));
        }
        default -> throw wrong(number, "its kind is held-out, probe or neutral");
      }
    }
    GateItems items = new GateItems(heldOut, probes, neutral);
    if (items.size() > RoundEvaluation.ITEMS_MAX || heldOut.isEmpty() || neutral.isEmpty()) {
      throw new IOException(
          "The gate's items are at most %d, with at least one that is held out and one neutral."
              .formatted(RoundEvaluation.ITEMS_MAX));
    }
    return items;
  }

  private static GateItems.HeldOut heldOut(JsonNode item, int number) throws IOException {
    if (item.has("question")) {
      only(item, number, Set.of("kind", "question", "answer"));
      return new GateItems.Question(
          field(item, "question", number, 1), field(item, "answer", number, 1));
    }
    only(item, number, Set.of("kind", "prompt", "completion"));
    return new GateItems.Completion(
        field(item, "prompt", number, 0), field(item, "completion", number, 1));
  }

  private static GateItems.Probe probe(JsonNode item, int number) throws IOException {
    only(item, number, Set.of("kind", "prompt", "expect", "forbid"));
    String expect = item.has("expect") ? field(item, "expect", number, 1) : "";
    String forbid = item.has("forbid") ? field(item, "forbid", number, 1) : "";
    if (expect.isEmpty() && forbid.isEmpty()) {
      throw wrong(number, "a probe has expect or forbid");
    }
    return new GateItems.Probe(field(item, "prompt", number, 1), expect, forbid);
  }

  private static void only(JsonNode item, int number, Set<String> known) throws IOException {
    for (String name : (Iterable<String>) item::fieldNames) {
      if (!known.contains(name)) {
        throw wrong(number, "this kind has no other fields than " + new TreeSet<>(known));
      }
    }
  }

  private static String text(byte[] bytes) throws IOException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException binary) {
      throw new IOException("The gate's items are no UTF-8 text.", binary);
    }
  }

  private static JsonNode object(String line, int number) throws IOException {
    try {
      JsonNode item = JSON.readTree(line);
      if (item.isObject()) {
        return item;
      }
    } catch (JsonProcessingException _) {
      // Said below, without what the line holds.
    }
    throw wrong(number, "it is no JSON object");
  }

  private static String field(JsonNode item, String name, int number, int least)
      throws IOException {
    JsonNode value = item.path(name);
    if (!value.isTextual()
        || value.asText().length() < least
        || value.asText().length() > CHARACTERS_MAX) {
      throw wrong(
          number, "it has %s with %d to %,d characters".formatted(name, least, CHARACTERS_MAX));
    }
    return value.asText();
  }

  private static IOException wrong(int number, String what) {
    return new IOException("Line %d of the gate's items is wrong: %s.".formatted(number, what));
  }
}
