// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SettingsReader;

/// What a profile asks of a broker.
///
/// @param topics filters of the topics that make the answer
/// @param publish payloads by topic that make the device send its values
/// @param every how often they are published
/// @param complete filter of the message that ends the first values, null when there is none
record MqttRequest(
    List<String> topics, Map<String, String> publish, Duration every, @Nullable String complete) {
  private static final int FILTERS_MAX = 64;
  private static final int TOPIC_CHARACTERS_MAX = 500;
  private static final Duration EVERY = Duration.ofSeconds(10);

  MqttRequest {
    topics = List.copyOf(topics);
    publish = Map.copyOf(publish);
  }

  /// Filters that an option left empty are left out.
  static MqttRequest of(SettingsReader section) {
    List<String> topics = new ArrayList<>();
    for (Object topic : section.list("topics")) {
      String filter = topic.toString().strip();
      if (!filter.isEmpty()) {
        valid(section, "topics", filter);
        topics.add(filter);
      }
    }
    if (topics.isEmpty() || topics.size() > FILTERS_MAX) {
      section.problem("topics", "must name 1 to 64 topics");
    }
    Map<String, String> publish = new LinkedHashMap<>();
    section
        .members("publish")
        .forEach(
            (topic, payload) -> {
              valid(section, "publish", topic);
              publish.put(topic, payload == null ? "" : payload.toString());
            });
    String complete = section.text("complete").orElse(null);
    if (complete != null) {
      valid(section, "complete", complete);
    }
    return new MqttRequest(topics, publish, section.duration("every", EVERY), complete);
  }

  private static void valid(SettingsReader section, String key, String filter) {
    boolean wild = filter.contains("#") && filter.indexOf('#') != filter.length() - 1;
    if (wild || filter.isBlank() || filter.length() > TOPIC_CHARACTERS_MAX) {
      section.problem(key, "must hold topics of at most 500 characters, with # only at the end");
    }
  }

  /// All that must be subscribed.
  List<String> filters() {
    List<String> all = new ArrayList<>(topics);
    if (complete != null) {
      all.add(complete);
    }
    return all;
  }

  boolean wants(String topic) {
    return topics.stream().anyMatch(filter -> matches(filter, topic));
  }

  /// Whether a topic is one of a filter's (MQTT 3.1.1, section 4.7).
  static boolean matches(String filter, String topic) {
    String[] wanted = filter.split("/", -1);
    String[] levels = topic.split("/", -1);
    if (topic.startsWith("$") && !filter.startsWith("$")) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals("#")) {
        return true;
      }
      if (i >= levels.length || (!wanted[i].equals("+") && !wanted[i].equals(levels[i]))) {
        return false;
      }
    }
    return wanted.length == levels.length;
  }
}
