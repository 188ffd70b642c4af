// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.protocol.NodeId;

/// What the demo prints: the questions and the answers as they come, and between them what the
/// nodes say about their power.
final class DemoVoice {
  private static final Set<String> SHOWN =
      Set.of(
          "activation-changed",
          "model-loaded",
          "model-unloaded",
          "engine-died",
          "answer-continued",
          "unexpected-failure");

  private final PrintWriter out;
  private final Map<String, String> labels = new ConcurrentHashMap<>();
  private boolean inAnswer;
  private boolean lineOpen;
  private boolean moved;

  DemoVoice(PrintWriter out) {
    this.out = out;
  }

  /// From now on this node is called by its label.
  void name(NodeId node, String label) {
    labels.put(node.shortText(), label);
  }

  synchronized boolean sawMove() {
    return moved;
  }

  /// Prints an event of a node's log, if it is one that tells the story.
  synchronized void event(DemoSite site, JsonNode event) {
    String name = event.path("event").asText();
    if (!SHOWN.contains(name)) {
      return;
    }
    moved |= name.equals("answer-continued");
    String sentence = sentence(name, event);
    for (Map.Entry<String, String> label : labels.entrySet()) {
      sentence = sentence.replace(label.getKey(), label.getValue());
    }
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
    out.printf("    [%s] %s%n", site.label(), sentence);
    out.flush();
  }

  private static String sentence(String name, JsonNode event) {
    return name.equals("activation-changed")
        ? "%s -> %s: %s"
            .formatted(
                event.path("from").asText(),
                event.path("to").asText(),
                event.path("reason").asText())
        : event.path("message").asText().replaceFirst("^answer [0-9a-f]{32}", "the answer");
  }

  synchronized void question(String question) {
    out.println("> " + question);
    out.flush();
    inAnswer = true;
  }

  synchronized void answer(String text) {
    out.print(lineOpen ? text : text.stripLeading());
    lineOpen = true;
    out.flush();
  }

  synchronized void endOfAnswer(Optional<JsonNode> refusal) {
    refusal.ifPresent(
        error -> {
          out.print("(refused: " + error.path("message").asText() + ")");
          lineOpen = true;
        });
    if (lineOpen || inAnswer) {
      out.println();
    }
    lineOpen = false;
    inAnswer = false;
    out.println();
    out.flush();
  }
}
