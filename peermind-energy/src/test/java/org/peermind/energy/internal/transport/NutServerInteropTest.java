// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.spi.SettingsReader;

/// The server of Network UPS Tools with its dummy driver, killed and started again.
@Tag("interop")
@Timeout(120)
final class NutServerInteropTest {
  private static final SettingsReader VARIABLES =
      SettingsReader.of("request", Map.of("variables", "ups"));

  @TempDir private Path directory;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-06-21T10:00:00Z"));
  private final List<Process> processes = new ArrayList<>();

  private Process start(String awaited, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("NUT_CONFPATH", directory.toString());
    builder.environment().put("NUT_STATEPATH", directory.toString());
    builder.environment().put("NUT_ALTPIDPATH", directory.toString());
    Process started = builder.start();
    processes.add(started);
    BufferedReader said = started.inputReader(StandardCharsets.UTF_8);
    StringBuilder all = new StringBuilder();
    String line = said.readLine();
    while (line != null && !line.contains(awaited)) {
      all.append(line).append('\n');
      line = said.readLine();
    }
    assertThat(line).as(all.toString()).isNotNull();
    Thread _ = Thread.ofPlatform().daemon().start(() -> drain(said));
    return started;
  }

  /// Takes what is said, until the program ends, so that it never waits for a reader.
  private static void drain(BufferedReader said) {
    try {
      while (said.readLine() != null) {
        // Nobody needs it.
      }
    } catch (IOException closed) {
      // The program was ended.
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /// The server says `WAIT` until it has heard all of the driver.
  private static String afterWaiting(DeviceLink link) throws Exception {
    String text = link.ask(VARIABLES).text();
    for (int i = 0; i < 20_000 && text.contains("WAIT"); i++) {
      text = link.ask(VARIABLES).text();
    }
    return text;
  }

  @Test
  void readsADummyUps_losesItsServer_andFindsItAgain() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Files.writeString(
        directory.resolve("ups.conf"),
        "[ups]\ndriver = dummy-ups\nport = %s/ups.dev\nmode = dummy-once\n".formatted(directory));
    Files.writeString(
        directory.resolve("ups.dev"), "ups.status: OL\nbattery.charge: 88\nups.load: 12\n");
    Files.writeString(directory.resolve("upsd.conf"), "LISTEN 127.0.0.1 %d\n".formatted(port));
    Files.writeString(directory.resolve("upsd.users"), "");
    Files.writeString(directory.resolve("nut.conf"), "MODE=standalone\n");
    start("dstate_init", "/lib/nut/dummy-ups", "-a", "ups", "-u", "root", "-DDD");
    Process server = start("Connected to UPS [ups]", "/lib/nut/upsd", "-u", "root", "-D");
    SettingsReader settings =
        SettingsReader.of("device", Map.of("host", "127.0.0.1", "port", port, "patience", "2s"));
    try (DeviceLink link =
        new NutTransport()
            .open(
                settings,
                new Transport.Surroundings(now::get, Duration.ofSeconds(20), directory))) {
      assertThat(afterWaiting(link))
          .contains("\"ups.status\":\"OL\"")
          .contains("\"battery.charge\":\"88\"");
      assertThatThrownBy(() -> link.ask(SettingsReader.of("request", Map.of("variables", "other"))))
          .hasMessageContaining("knows no UPS of that name");

      server.destroyForcibly();
      assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
      now.updateAndGet(instant -> instant.plusSeconds(60));
      assertThatThrownBy(() -> link.ask(VARIABLES)).hasMessageContaining("connection is refused");
      assertThatThrownBy(() -> link.ask(VARIABLES)).hasMessageContaining("is tried again in");

      start("Connected to UPS [ups]", "/lib/nut/upsd", "-u", "root", "-D");
      now.updateAndGet(instant -> instant.plusSeconds(60));
      assertThat(afterWaiting(link)).contains("\"battery.charge\":\"88\"");
    }
  }
}
