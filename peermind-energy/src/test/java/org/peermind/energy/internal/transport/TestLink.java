// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.VirtualClock;

/// A link to a server of the test, with the settings that the test gives.
final class TestLink implements AutoCloseable {
  static final Instant NOON = Instant.parse("2026-06-19T12:00:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  final VirtualClock clock = new VirtualClock(NOON);
  final DeviceLink link;

  private TestLink(Path home, Duration patience, Map<String, @Nullable Object> connection) {
    SettingsReader settings = SettingsReader.of("device", connection);
    link = new HttpTransport().open(settings, new Transport.Surroundings(clock, patience, home));
    settings.finish();
  }

  static TestLink to(LoopbackServer server, Path home, Map<String, ?> settings) {
    return to(server, home, PATIENCE, settings);
  }

  static TestLink to(LoopbackServer server, Path home, Duration patience, Map<String, ?> settings) {
    Map<String, @Nullable Object> connection = new LinkedHashMap<>();
    connection.put("host", "127.0.0.1");
    connection.put("port", server.url().getPort());
    connection.putAll(settings);
    return new TestLink(home, patience, connection);
  }

  String get(String path) throws EnergyAdapterException, InterruptedException {
    return ask(Map.of("get", path)).text();
  }

  DeviceLink.Answer ask(Map<String, ?> request)
      throws EnergyAdapterException, InterruptedException {
    return link.ask(SettingsReader.of("request", request));
  }

  @Override
  public void close() {
    link.close();
  }
}
