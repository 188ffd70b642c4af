// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.transport.DeviceLink;
import org.peermind.energy.internal.transport.Transport;
import org.peermind.energy.internal.transport.Transports;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// A SunSpec device served by modbus-serial, a library that nobody here wrote, which dies and comes
/// back while it is read.
@Tag("interop")
@Timeout(120)
final class ModbusSerialInteropTest {
  private static final Path SOURCES = Path.of("src/interop/modbus-serial");
  private static final Path INSTALLED = Path.of("target/interop/modbus-serial");

  @TempDir private Path directory;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-06-21T10:00:00Z"));
  private final Profile profile = ProfileShelf.builtIn().profile("sunspec").orElseThrow();
  private int port;
  private @Nullable Process server;

  @BeforeEach
  void install() throws Exception {
    Files.createDirectories(INSTALLED);
    for (String file : List.of("package.json", "device.mjs")) {
      Files.copy(
          SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    Process npm =
        new ProcessBuilder(
                "npm",
                "install",
                "--no-package-lock",
                "--ignore-scripts",
                "--omit=optional",
                "--no-audit",
                "--no-fund")
            .directory(INSTALLED.toFile())
            .redirectErrorStream(true)
            .start();
    npm.getOutputStream().close();
    String said = new String(npm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(npm.waitFor()).as(said).isZero();
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Files.writeString(directory.resolve("map.json"), sample().answer());
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (server != null) {
      server.destroyForcibly();
      assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private AnswerRule.Sample sample() {
    return profile.answers().getFirst().samples().stream()
        .filter(sample -> sample.name().equals("hybrid of Fronius that charges"))
        .findFirst()
        .orElseThrow();
  }

  private Process startServer() throws IOException {
    Process started =
        new ProcessBuilder(
                "node",
                INSTALLED.resolve("device.mjs").toAbsolutePath().toString(),
                Integer.toString(port),
                directory.resolve("map.json").toString())
            .redirectErrorStream(true)
            .start();
    server = started;
    BufferedReader said = started.inputReader(StandardCharsets.UTF_8);
    assertThat(said.readLine()).isEqualTo("ready");
    return started;
  }

  private Device device() {
    Map<String, Object> settings = Map.of("host", "127.0.0.1", "port", port, "patience", "2s");
    Map<String, String> options = new HashMap<>();
    profile.options().forEach((name, option) -> options.put(name, option.otherwise()));
    DeviceLink link =
        Transports.of("modbus")
            .orElseThrow()
            .open(
                SettingsReader.of("connection", settings),
                new Transport.Surroundings(now::get, Duration.ofSeconds(20), directory));
    return new Device("The inverter", profile, DeviceRole.SITE, options, link);
  }

  private void reads(Device device) throws Exception {
    DeviceReading reading = device.read();

    assertThat(ReadingReport.of(reading))
        .containsEntry("pv_power_w", 3500.0)
        .containsEntry("battery_power_w", 950.0)
        .containsEntry("battery_soc", 55.3)
        .containsEntry("quality", "ok");
  }

  @Test
  void readsTheDevice_losesIt_andFindsItAgain() throws Exception {
    Process first = startServer();
    try (Device device = device()) {
      reads(device);
      reads(device);

      first.destroyForcibly();
      assertThat(first.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(device::read)
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageContaining("the device closed the connection");
      assertThatThrownBy(device::read).hasMessageContaining("is tried again in 1 s");
      now.updateAndGet(instant -> instant.plusSeconds(1));
      assertThatThrownBy(device::read).hasMessageContaining("the connection is refused");
      now.updateAndGet(instant -> instant.plusSeconds(1));
      assertThatThrownBy(device::read).hasMessageContaining("is tried again in 1 s");

      startServer();
      now.updateAndGet(instant -> instant.plusSeconds(1));
      reads(device);
    }
  }

  @Test
  void saysThatARegisterIsNotThere() throws Exception {
    startServer();
    Files.writeString(directory.resolve("map.json"), "{}");
    SettingsReader settings =
        SettingsReader.of("connection", Map.of("host", "127.0.0.1", "port", port));
    try (DeviceLink link =
        Transports.of("modbus")
            .orElseThrow()
            .open(
                settings,
                new Transport.Surroundings(now::get, Duration.ofSeconds(20), directory))) {
      assertThatThrownBy(
              () -> link.ask(SettingsReader.of("request", Map.of("holding", List.of("7..9")))))
          .hasMessageContaining("the device has no holding registers 7 to 9")
          .hasMessageEndingWith("(Modbus exception 2).");
    }
  }
}
