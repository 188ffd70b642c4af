// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Samples in a `.jsonl` file: on each line an object with `text`, or with `messages` of `role` and
/// `content`, or with `prompt` and `completion`; one of the three, and other fields are ignored. A
/// line that is none of these is counted and left out.
final class JsonLines {
  /// The most UTF-16 units of a line; a sample then stays below what an engine turns into tokens.
  static final int LINE_CHARACTERS_MAX = 1 << 18;

  private static final int DEPTH_MAX = 32;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static {
    JSON.getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build());
  }

  private final LeftOuts leftOut;

  JsonLines(LeftOuts leftOut) {
    this.leftOut = leftOut;
  }

  Stream<Sample> samples(String text) {
    return text.lines().filter(line -> !line.isBlank()).flatMap(line -> samplesOf(line).stream());
  }

  private List<Sample> samplesOf(String line) {
    List<Sample> samples =
        line.length() > LINE_CHARACTERS_MAX ? List.of() : read(line).orElse(List.of());
    if (samples.isEmpty()) {
      leftOut.count(LeftOut.MALFORMED);
    }
    return samples;
  }

  private static Optional<List<Sample>> read(String line) {
    JsonNode sample;
    try {
      sample = JSON.readTree(line);
    } catch (JsonProcessingException malformed) {
      // Its message would quote the line.
      return Optional.empty();
    }
    boolean text = sample.has("text");
    boolean messages = sample.has("messages");
    boolean pair = sample.has("prompt") || sample.has("completion");
    if (text && !messages && !pair) {
      return text(sample.path("text"))
          .map(whole -> PlainText.passages(whole).stream().map(JsonLines::passage).toList());
    }
    if (messages && !text && !pair) {
      return dialogue(sample.path("messages")).map(List::of);
    }
    if (pair && !text && !messages) {
      return completion(sample).map(List::of);
    }
    return Optional.empty();
  }

  private static Sample passage(String text) {
    return new Sample.Passage(text);
  }

  private static Optional<String> text(JsonNode node) {
    return node.isTextual() && PlainText.isPlain(node.textValue())
        ? Optional.of(node.textValue())
        : Optional.empty();
  }

  private static Optional<Sample> completion(JsonNode sample) {
    Optional<String> prompt = text(sample.path("prompt"));
    Optional<String> completion = text(sample.path("completion"));
    if (prompt.isEmpty() || completion.isEmpty() || completion.get().isBlank()) {
      return Optional.empty();
    }
    return Optional.of(new Sample.Completion(prompt.get(), completion.get()));
  }

  /// What follows the assistant's last message teaches nothing and is left out.
  private static Optional<Sample> dialogue(JsonNode messages) {
    if (!messages.isArray() || messages.size() > Sample.Dialogue.TURNS_MAX) {
      return Optional.empty();
    }
    List<Turn> turns = new ArrayList<>();
    for (JsonNode message : messages) {
      Optional<Turn.Role> role = Turn.Role.of(message.path("role").asText(""));
      Optional<String> content = text(message.path("content"));
      if (role.isEmpty() || content.isEmpty() || content.get().isBlank()) {
        return Optional.empty();
      }
      turns.add(new Turn(role.get(), content.get()));
    }
    while (!turns.isEmpty() && turns.getLast().role() != Turn.Role.ASSISTANT) {
      turns.removeLast();
    }
    return turns.isEmpty() ? Optional.empty() : Optional.of(new Sample.Dialogue(turns));
  }
}
