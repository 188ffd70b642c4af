// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.Profiles;
import org.peermind.energy.internal.format.GoodweFormat;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// The transports for UDP, the NUT protocol and programs, each against a server of the test.
@Timeout(60)
final class RemainingTransportsTest {
  private static final Instant NOON = Instant.parse("2026-06-21T10:00:00Z");

  @TempDir private Path home;

  private DeviceLink link(String transport, Map<String, ?> settings, Duration patience) {
    SettingsReader connection = SettingsReader.of("device", settings);
    DeviceLink link =
        Transports.of(transport)
            .orElseThrow()
            .open(connection, new Transport.Surroundings(() -> NOON, patience, home));
    connection.finish();
    return link;
  }

  private static SettingsReader request(Map<String, ?> keys) {
    return SettingsReader.of("request", keys);
  }

  @Test
  void everyBuiltInProfileIsGood() {
    assertThat(Profiles.builtIn().refused()).isEmpty();
  }

  private static byte[] frame(int count, boolean broken) {
    byte[] frame = new byte[7 + 2 * count];
    frame[0] = (byte) 0xAA;
    frame[1] = 0x55;
    frame[2] = (byte) 0xF7;
    frame[3] = 3;
    frame[4] = (byte) (2 * count);
    int end = frame.length - 2;
    int crc = GoodweFormat.crc16(frame, 2, end) ^ (broken ? 1 : 0);
    frame[end] = (byte) crc;
    frame[end + 1] = (byte) (crc >> 8);
    return frame;
  }

  @Test
  void asksGoodweAgain_afterABrokenFrame() throws Exception {
    try (DatagramSocket device =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        DeviceLink link =
            link(
                "goodwe",
                Map.of("host", "127.0.0.1", "port", device.getLocalPort(), "patience", "300ms"),
                Duration.ofSeconds(20))) {
      Thread answering =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 2; i++) {
                        DatagramPacket asked = new DatagramPacket(new byte[100], 100);
                        device.receive(asked);
                        byte[] answer = frame(4, i == 0);
                        device.send(
                            new DatagramPacket(answer, answer.length, asked.getSocketAddress()));
                      }
                    } catch (IOException closed) {
                      // The test is over.
                    }
                  });

      String text = link.ask(request(Map.of("registers", "35100..35103"))).text();

      assertThat(text).isEqualTo(HexFormat.of().formatHex(frame(4, false)));
      answering.join();
    }
  }

  @Test
  void givesUpOnASilentInverter_andLeavesItAlone() throws Exception {
    try (DatagramSocket device =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        DeviceLink link =
            link(
                "goodwe",
                Map.of("host", "127.0.0.1", "port", device.getLocalPort(), "patience", "50ms"),
                Duration.ofSeconds(20))) {
      SettingsReader asked = request(Map.of("registers", "35100..35103"));

      assertThatThrownBy(() -> link.ask(asked)).hasMessageContaining("does not answer in time");
      assertThatThrownBy(() -> link.ask(asked)).hasMessageContaining("is tried again in");
    }
  }

  /// Serves one client and answers its last line.
  private static Thread serve(ServerSocket server, String answer) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try (Socket client = server.accept()) {
                int read = client.getInputStream().read(new byte[500]);
                if (read > 0) {
                  client.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                  client.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
              } catch (IOException closed) {
                // The test is over.
              }
            });
  }

  private String nut(String answer) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        DeviceLink link =
            link(
                "nut",
                Map.of("host", "127.0.0.1", "port", server.getLocalPort(), "patience", "2s"),
                Duration.ofSeconds(20))) {
      Thread _ = serve(server, answer);
      return link.ask(request(Map.of("variables", "ups"))).text();
    }
  }

  @Test
  void readsTheVariablesOfAUps() throws Exception {
    assertThat(
            nut(
                """
                BEGIN LIST VAR ups
                VAR ups ups.status "OL CHRG"
                VAR ups x "a \\"b\\""
                END LIST VAR ups
                """))
        .isEqualTo("{\"ups.status\":\"OL CHRG\",\"x\":\"a \\\"b\\\"\"}");
  }

  @Test
  void saysWhatTheNutServerRefuses() {
    assertThatThrownBy(() -> nut("ERR UNKNOWN-UPS\n"))
        .isInstanceOf(EnergyAdapterException.class)
        .hasMessageContaining("knows no UPS of that name");
    assertThatThrownBy(() -> nut("ERR DATA-STALE\n")).hasMessageContaining("does not hear the UPS");
    assertThatThrownBy(() -> nut("x".repeat(5000))).hasMessageContaining("longer than 4 KiB");
  }

  @Test
  void runsAProgram_andEndsOneThatIsLate() throws Exception {
    try (DeviceLink link =
        link("command", Map.of("command", List.of("echo", "{\"a\": 1}")), Duration.ofSeconds(20))) {
      assertThat(link.ask(request(Map.of())).text()).isEqualTo("{\"a\": 1}\n");
    }
    try (DeviceLink late =
        link("command", Map.of("command", List.of("sleep", "600")), Duration.ofMillis(100))) {
      assertThatThrownBy(() -> late.ask(request(Map.of())))
          .hasMessage("The command sleep does not end in time.");
    }
    try (DeviceLink failing =
        link("command", Map.of("command", List.of("false")), Duration.ofSeconds(20))) {
      assertThatThrownBy(() -> failing.ask(request(Map.of())))
          .hasMessageContaining("ends with the status 1");
    }
  }

  @Test
  void runsNoSecondProgram_whileTheFirstLeftSomethingBehind() throws Exception {
    String leaves = "setsid sleep 5 & echo hi; sleep 0.2";
    try (DeviceLink link =
        link("command", Map.of("command", List.of("sh", "-c", leaves)), Duration.ofMillis(800))) {
      assertThatThrownBy(() -> link.ask(request(Map.of())))
          .hasMessage("The command sh does not end in time.");
      assertThatThrownBy(() -> link.ask(request(Map.of())))
          .hasMessageContaining("left something behind that still runs");
    }
  }

  @Test
  void doesNotBelieveAFileOfTheFuture_norWaitAtAPipe() throws Exception {
    Path file = home.resolve("answer.json");
    Files.writeString(file, "{}");
    Files.setLastModifiedTime(file, FileTime.from(NOON.plusSeconds(3600)));
    Files.createDirectory(home.resolve("folder"));
    try (DeviceLink link = link("file", Map.of("path", "answer.json"), Duration.ofSeconds(20))) {
      assertThatThrownBy(() -> link.ask(request(Map.of())))
          .hasMessageContaining("which is yet to come");
      assertThatThrownBy(() -> link.ask(request(Map.of("path", "folder"))))
          .hasMessageContaining("is not a plain file");
      Files.setLastModifiedTime(file, FileTime.from(NOON.minusSeconds(60)));
      assertThat(link.ask(request(Map.of())).receivedAt()).isEqualTo(NOON.minusSeconds(60));
    }
  }
}
