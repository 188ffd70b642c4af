// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.peermind.testkit.Await;

/// One streamed answer beside what the user's node logged about it.
///
/// @param worker the name of the inferer that began it
/// @param continued the event of its first continuation
/// @param tokens of the whole answer
/// @param nearTies tokens whose two best candidates lay within rounding, by the node's own count
record WatchedAnswer(
    ChatClient.Streamed answer,
    String worker,
    Optional<JsonNode> continued,
    int tokens,
    int nearTies) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  String text() {
    return answer.text();
  }

  /// Asks as the user of the network.
  static WatchedAnswer ask(TestNetwork network, String question, int tokensMax) {
    return ask(network, question, tokensMax, Integer.MAX_VALUE, _ -> {});
  }

  /// Asks, and disturbs the inferer that answers once `chunk` chunks of text have come.
  ///
  /// @param disturbance told the name of the inferer
  static WatchedAnswer ask(
      TestNetwork network,
      String question,
      int tokensMax,
      int chunk,
      Consumer<String> disturbance) {
    return ask(network, ChatClient.question(question, tokensMax), chunk, disturbance);
  }

  /// The same with any body of a question.
  static WatchedAnswer ask(
      TestNetwork network, ObjectNode question, int chunk, Consumer<String> disturbance) {
    NodeProcess user = network.node(TestNetwork.USER);
    int before = user.events("answer-started").size();
    AtomicReference<String> worker = new AtomicReference<>("");
    ChatClient.Streamed answer =
        network.client(TestNetwork.USER).stream(
            question,
            count -> {
              if (count == chunk) {
                worker.set(network.nameOf(started(user, before).path("inferer").asText()));
                disturbance.accept(worker.get());
              }
            });
    if (answer.chunks() == 0) {
      return new WatchedAnswer(answer, "", Optional.empty(), 0, 0);
    }
    JsonNode started = started(user, before);
    String query = started.path("query").asText();
    Await.until(
        "the end of answer " + query,
        PATIENCE,
        () ->
            ofQuery(user, "answer-finished", query).isPresent()
                || ofQuery(user, "answer-failed", query).isPresent());
    return new WatchedAnswer(
        answer,
        network.nameOf(started.path("inferer").asText()),
        ofQuery(user, "answer-continued", query),
        ofFinished(user, query, "completionTokens"),
        ofFinished(user, query, "nearTies"));
  }

  private static int ofFinished(NodeProcess user, String query, String field) {
    return ofQuery(user, "answer-finished", query)
        .map(event -> event.path(field).asInt())
        .orElse(0);
  }

  private static JsonNode started(NodeProcess user, int before) {
    Await.until(
        "the log of the answer's start",
        PATIENCE,
        () -> user.events("answer-started").size() > before);
    List<JsonNode> all = user.events("answer-started");
    return all.get(before);
  }

  private static Optional<JsonNode> ofQuery(NodeProcess user, String event, String query) {
    return user.event(event, line -> line.path("query").asText().equals(query));
  }
}
