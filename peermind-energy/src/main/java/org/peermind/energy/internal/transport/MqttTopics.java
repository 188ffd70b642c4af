// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// The last message of each topic, bounded. Written by the thread that reads the connection, read
/// by the one that asks.
final class MqttTopics {
  static final int PAYLOAD_BYTES_MAX = 64 * 1024;
  private static final int TOPICS_MAX = 4096;
  private static final int BYTES_MAX = 512 * 1024;
  private static final int DEVICES_MAX = 4;

  private final Map<String, Message> messages = new LinkedHashMap<>();
  private int bytes;
  private boolean overfull;

  /// @param retained whether the broker kept it from before the subscription
  record Message(String payload, Instant at, boolean retained) {}

  /// Takes a message. An empty payload, or one that is too long, ends what was known.
  synchronized void put(String topic, byte[] payload, boolean retained, Instant at) {
    Message before = messages.remove(topic);
    if (before != null) {
      bytes -= size(topic, before.payload());
    }
    if (payload.length > 0 && payload.length <= PAYLOAD_BYTES_MAX) {
      String text = new String(payload, StandardCharsets.UTF_8);
      if (messages.size() >= TOPICS_MAX || bytes + size(topic, text) > BYTES_MAX) {
        overfull = true;
      } else {
        bytes += size(topic, text);
        messages.put(topic, new Message(text, at, retained));
      }
    }
    notifyAll();
  }

  private static int size(String topic, String payload) {
    return topic.length() + payload.length();
  }

  synchronized void clear() {
    messages.clear();
    bytes = 0;
    overfull = false;
    notifyAll();
  }

  /// Whether messages had to be left out.
  synchronized boolean overfull() {
    return overfull;
  }

  /// The messages of some topics that came at `since` or later.
  synchronized Map<String, Message> since(Instant since, Predicate<String> wanted) {
    Map<String, Message> found = new LinkedHashMap<>();
    messages.forEach(
        (topic, message) -> {
          if (!message.at().isBefore(since) && wanted.test(topic)) {
            found.put(topic, message);
          }
        });
    return found;
  }

  /// `template` with each `+` replaced by what the topics of `filters` have at that level.
  synchronized List<String> filled(String template, List<String> filters) {
    if (!template.contains("+")) {
      return List.of(template);
    }
    String[] levels = template.split("/", -1);
    Set<String> all = new TreeSet<>();
    for (String topic : messages.keySet()) {
      if (all.size() < DEVICES_MAX
          && filters.stream().anyMatch(filter -> MqttRequest.matches(filter, topic))) {
        String[] known = topic.split("/", -1);
        List<String> filled = new ArrayList<>();
        for (int i = 0; i < levels.length; i++) {
          filled.add(levels[i].equals("+") && i < known.length ? known[i] : levels[i]);
        }
        all.add(String.join("/", filled));
      }
    }
    return List.copyOf(all);
  }

  /// Waits for a change, or less.
  @SuppressWarnings("WaitNotInLoop") // the caller looks again in a loop
  synchronized void await(long nanos) throws InterruptedException {
    if (nanos > 0) {
      wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
    }
  }
}
