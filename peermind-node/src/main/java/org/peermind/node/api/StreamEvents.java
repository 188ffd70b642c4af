// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.nio.charset.StandardCharsets;
import org.peermind.node.query.AnswerEvent;

/// Server-sent events that are written to the client together. Data are JSON, which has no line
/// break outside of an escape.
final class StreamEvents {
  private static final int BATCH_CHARACTERS_MAX = 64 * 1024;

  private final StringBuilder batch = new StringBuilder();

  /// An event without a name.
  void data(String data) {
    batch.append("data: ").append(data).append("\n\n");
  }

  void named(String name, String data) {
    batch.append("event: ").append(name).append('\n');
    data(data);
  }

  /// A line that clients skip.
  void comment(String text) {
    batch.append(": ").append(text).append("\n\n");
  }

  /// How the answer moved between inferers.
  void continuity(AnswerEvent.Done done) {
    comment("continuations=" + done.continuations() + " near_ties=" + done.nearTies());
  }

  /// Whether so much has come together that it is written before more is added.
  boolean isFull() {
    return batch.length() >= BATCH_CHARACTERS_MAX;
  }

  /// All since the last time, perhaps nothing.
  byte[] take() {
    byte[] bytes = batch.toString().getBytes(StandardCharsets.UTF_8);
    batch.setLength(0);
    return bytes;
  }
}
