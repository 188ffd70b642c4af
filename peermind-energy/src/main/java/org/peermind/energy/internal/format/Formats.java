// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The forms of answers that a profile can name.
public final class Formats {
  private static final Map<String, AnswerFormat.Factory> ALL =
      new TreeMap<>(
          Map.ofEntries( // one to a line, by name
              Map.entry("goodwe", GoodweFormat::create),
              Map.entry("json", _ -> new JsonFormat()),
              Map.entry("mqtt", MqttFormat::create),
              Map.entry("registers", RegistersFormat::create),
              Map.entry("speedwire", _ -> new SpeedwireFormat()),
              Map.entry("sunspec", _ -> new SunSpecFormat()),
              Map.entry("text", _ -> new TextFormat()),
              Map.entry("victron-dbus", _ -> new VictronDbusFormat())));

  private Formats() {}

  public static Optional<AnswerFormat.Factory> of(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  public static SortedSet<String> names() {
    return new TreeSet<>(ALL.keySet());
  }
}
