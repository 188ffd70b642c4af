// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The transports that a profile can name.
public final class Transports {
  private static final List<Transport> LIST =
      List.of( // one to a line, by name
          new CommandTransport(), //
          new FileTransport(), //
          new GoodweTransport(), //
          new HttpTransport(), //
          new ModbusTransport(), //
          new MqttTransport(), //
          new MulticastTransport(), //
          new NutTransport());

  private static final SortedMap<String, Transport> ALL = byName();

  private Transports() {}

  private static SortedMap<String, Transport> byName() {
    SortedMap<String, Transport> all = new TreeMap<>();
    LIST.forEach(transport -> all.put(transport.name(), transport));
    return all;
  }

  public static Optional<Transport> of(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  public static SortedSet<String> names() {
    return new TreeSet<>(ALL.keySet());
  }
}
