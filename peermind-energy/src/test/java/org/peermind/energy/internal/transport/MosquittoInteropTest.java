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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.energy.spi.SettingsReader;

/// Mosquitto, a broker that nobody here wrote, killed and started again in mid-run.
@Tag("interop")
@Timeout(120)
final class MosquittoInteropTest {
  private static final SettingsReader POWER =
      SettingsReader.of("request", Map.of("topics", List.of("meter/+")));

  @TempDir private Path directory;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-06-21T10:00:00Z"));
  private int port;
  private @Nullable Process broker;

  @BeforeEach
  void configure() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Files.writeString(
        directory.resolve("broker.conf"),
        "listener %d 127.0.0.1\nallow_anonymous true\n".formatted(port));
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
    if (broker != null) {
      broker.destroyForcibly();
      assertThat(broker.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private Process start() throws IOException {
    Process started =
        new ProcessBuilder("/usr/sbin/mosquitto", "-v", "-c", directory + "/broker.conf")
            .redirectErrorStream(true)
            .start();
    broker = started;
    BufferedReader said = started.inputReader(StandardCharsets.UTF_8);
    String line = said.readLine();
    while (line != null && !line.endsWith("running")) {
      line = said.readLine();
    }
    assertThat(line).isNotNull();
    Thread _ = Thread.ofPlatform().daemon().start(() -> drain(said));
    return started;
  }

  private void publish(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("mosquitto_pub", "-p", Integer.toString(port)));
    command.addAll(List.of(arguments));
    Process publisher = new ProcessBuilder(command).inheritIO().start();
    assertThat(publisher.waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.1.1", "5"})
  void losesTheBroker_andFindsItAgain(String version) throws Exception {
    Process first = start();
    publish("-r", "-t", "meter/old", "-m", "77");
    SettingsReader settings =
        SettingsReader.of(
            "device",
            Map.of("host", "127.0.0.1", "port", port, "version", version, "patience", "3s"));
    try (DeviceLink link =
        new MqttTransport()
            .open(
                settings,
                new Transport.Surroundings(now::get, Duration.ofSeconds(20), directory))) {
      settings.finish();
      assertThat(link.ask(POWER).text())
          .isEqualTo(
              "{\"meter/old\":{\"payload\":\"77\",\"at\":\"2026-06-21T10:00:00Z\","
                  + "\"retained\":true}}");
      publish("-t", "meter/now", "-m", "312");
      assertThat(link.ask(POWER).text()).contains("\"meter/now\":{\"payload\":\"312\"");

      first.destroyForcibly();
      assertThat(first.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 50; i++) { // until the end of the connection is seen
                  link.ask(POWER);
                  now.updateAndGet(instant -> instant.plusSeconds(61));
                }
              })
          .hasMessageContaining("gives no reading");
      assertThatThrownBy(() -> link.ask(POWER)).hasMessageContaining("is tried again in");
      now.updateAndGet(instant -> instant.plusSeconds(60));
      assertThatThrownBy(() -> link.ask(POWER)).hasMessageContaining("the connection is refused");

      start();
      now.updateAndGet(instant -> instant.plusSeconds(60));
      publish("-r", "-t", "meter/new", "-m", "5");
      assertThat(link.ask(POWER).text()).contains("\"meter/new\"").doesNotContain("312");
    }
  }

  private void makeCertificate() throws Exception {
    Process openssl =
        new ProcessBuilder(
                ("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30"
                        + " -subj /CN=broker -addext subjectAltName=IP:127.0.0.1")
                    .split(" "))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    openssl.getOutputStream().close();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor()).as(said).isZero();
  }

  private DeviceLink secureLink(Map<String, String> more) {
    Map<String, Object> all = new HashMap<>(more);
    all.putAll(Map.of("host", "127.0.0.1", "port", port, "tls", true, "patience", "3s"));
    SettingsReader settings = SettingsReader.of("device", all);
    DeviceLink link =
        new MqttTransport()
            .open(
                settings, new Transport.Surroundings(now::get, Duration.ofSeconds(20), directory));
    settings.finish();
    return link;
  }

  @Test
  void keepsTheFirstKey_andRefusesAnotherOne() throws Exception {
    makeCertificate();
    Files.copy(directory.resolve("cert.pem"), directory.resolve("ca.pem"));
    Files.writeString(
        directory.resolve("broker.conf"),
        "listener %d 127.0.0.1\nallow_anonymous false\nuser root\n".formatted(port)
            + "certfile %1$s/cert.pem\nkeyfile %1$s/key.pem\npassword_file %1$s/users\n"
                .formatted(directory));
    Process passwords =
        new ProcessBuilder(
                "mosquitto_passwd", "-b", "-c", directory.resolve("users").toString(), "me", "open")
            .start();
    assertThat(passwords.waitFor()).isZero();
    Process first = start();
    try (DeviceLink wrong = secureLink(Map.of("user", "me", "password", "shut"))) {
      assertThatThrownBy(() -> wrong.ask(POWER))
          .hasMessageContaining("does not accept the user and password")
          .hasMessageNotContaining("shut");
    }
    Map<String, String> me = Map.of("user", "me", "password", "open");
    try (DeviceLink link = secureLink(me)) {
      assertThatThrownBy(() -> link.ask(POWER)).hasMessageContaining("nothing comes on meter/+");
    }
    first.destroyForcibly();
    assertThat(first.waitFor(10, TimeUnit.SECONDS)).isTrue();
    makeCertificate();
    start();
    try (DeviceLink link = secureLink(me)) {
      assertThatThrownBy(() -> link.ask(POWER))
          .hasMessageContaining("is not the one that it showed");
    }
    Map<String, String> vouched = new HashMap<>(me);
    vouched.put("ca-file", "ca.pem");
    try (DeviceLink link = secureLink(vouched)) {
      assertThatThrownBy(() -> link.ask(POWER)).hasMessageContaining("certificate is not trusted");
    }
  }
}
