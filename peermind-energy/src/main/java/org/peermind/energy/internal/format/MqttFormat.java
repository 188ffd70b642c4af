// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SettingsReader;

/// The last messages of MQTT topics: a JSON object `{"TOPIC": {"payload": "312", "at":
/// "2026-06-21T10:00:00Z", "retained": true}}`, as the transport `mqtt` writes it.
///
/// The document has the payloads by topic, JSON as its value and anything else as a word. What the
/// broker kept from before the subscription (`retained`) proves nothing about now and is left out,
/// unless the profile says `retained: allowed` because the payload carries the device's own time.
/// An empty payload means that the device is gone. `prefix: N/+/` takes levels off the front, where
/// `+` stands for one level; two devices below one prefix are refused. `unwrap: value` takes one
/// member of each payload.
final class MqttFormat implements AnswerFormat {
  private final boolean retainedAllowed;
  private final String[] prefix;
  private final @Nullable String member;

  private MqttFormat(boolean retainedAllowed, String[] prefix, @Nullable String member) {
    this.retainedAllowed = retainedAllowed;
    this.prefix = prefix;
    this.member = member;
  }

  static MqttFormat create(SettingsReader section) {
    String retained = section.text("retained", "ignored");
    if (!retained.equals("ignored") && !retained.equals("allowed")) {
      section.problem("retained", "must be ignored or allowed");
    }
    String prefix = section.text("prefix", "");
    if (!prefix.isEmpty() && !prefix.endsWith("/")) {
      section.problem("prefix", "must end with /");
    }
    return new MqttFormat(
        retained.equals("allowed"),
        prefix.isEmpty() ? new String[0] : prefix.split("/"),
        section.text("unwrap").orElse(null));
  }

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    if (!(JsonFormat.read(answer) instanceof Map<?, ?> messages)) {
      throw new UnreadableAnswer("the answer is no JSON object with topics");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    String device = null;
    for (Map.Entry<?, ?> message : messages.entrySet()) {
      String topic = message.getKey().toString();
      int end = behindPrefix(topic);
      if (end < 0) {
        continue;
      }
      String before = topic.substring(0, end);
      if (device != null && !device.equals(before)) {
        throw new UnreadableAnswer(
            "more than one device publishes below " + String.join("/", prefix) + "/");
      }
      device = before;
      Object value = payload(message.getValue());
      if (value != null) {
        document.put(topic.substring(end), value);
      }
    }
    return document;
  }

  /// Where the rest of a topic starts; -1 when it is not below the prefix.
  private int behindPrefix(String topic) {
    int at = 0;
    for (String level : prefix) {
      int end = topic.indexOf('/', at);
      if (end < 0 || (!level.equals("+") && !level.equals(topic.substring(at, end)))) {
        return -1;
      }
      at = end + 1;
    }
    return at;
  }

  private @Nullable Object payload(Object message) {
    Object payload = message;
    if (message instanceof Map<?, ?> map && (map.containsKey("payload") || map.containsKey("at"))) {
      if (Boolean.TRUE.equals(map.get("retained")) && !retainedAllowed) {
        return null;
      }
      payload = map.get("payload");
    }
    if (payload instanceof String text) {
      payload = parsed(text);
    }
    if (member == null || payload == null) {
      return payload;
    }
    return payload instanceof Map<?, ?> map ? map.get(member) : null;
  }

  private static @Nullable Object parsed(String text) {
    if (text.isBlank() || text.strip().equals("null")) {
      return null;
    }
    try {
      return JsonFormat.read(text);
    } catch (UnreadableAnswer word) {
      return text;
    }
  }
}
