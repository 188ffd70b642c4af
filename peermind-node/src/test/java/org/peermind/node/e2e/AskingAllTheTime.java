// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.peermind.protocol.ServedModel;

/// A client that streams one answer after the other under the network's own name, and keeps what
/// came of each.
final class AskingAllTheTime implements AutoCloseable {
  private static final int TOKENS = 24;

  private final ChatClient client;
  private final List<String> questions;
  private final List<String> failures = new ArrayList<>();
  private final Map<String, Integer> answersByModel = new TreeMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final Thread thread;
  private volatile boolean isOver;

  AskingAllTheTime(ChatClient client, List<String> questions) {
    this.client = client;
    this.questions = questions;
    this.thread = Thread.ofPlatform().name("asking").start(this::run);
  }

  private void run() {
    while (!isOver) {
      String question = questions.get(asked.getAndIncrement() % questions.size());
      ObjectNode body = ChatClient.question(question, TOKENS).put("model", ServedModel.NETWORK);
      keep(question, client.stream(body, _ -> {}));
    }
  }

  private synchronized void keep(String question, ChatClient.Streamed answer) {
    if (answer.done() && answer.error().isEmpty()) {
      answersByModel.merge(answer.model(), 1, Integer::sum);
    } else {
      failures.add(question + " -> " + answer);
    }
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  /// How many answers each model gave, by the name in the answer.
  synchronized Map<String, Integer> answersByModel() {
    return new TreeMap<>(answersByModel);
  }

  @Override
  public void close() {
    isOver = true;
    try {
      thread.join();
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
