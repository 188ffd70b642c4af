// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

/// Datagrams of a multicast group on this machine.
@Timeout(60)
final class MulticastTransportTest {
  private static final String GROUP = "239.12.255.254";
  private static final Instant NOON = Instant.parse("2026-06-21T10:00:00Z");
  private static final SettingsReader ANY_METER =
      SettingsReader.of("request", Map.of("matching", "534d..00"));

  @TempDir private Path home;

  private DeviceLink link(Map<String, ?> settings) {
    Map<String, Object> all = new HashMap<>(Map.of("group", GROUP, "host", "127.0.0.1"));
    all.putAll(settings);
    SettingsReader connection = SettingsReader.of("device", all);
    DeviceLink link =
        Transports.of("multicast")
            .orElseThrow()
            .open(connection, new Transport.Surroundings(() -> NOON, Duration.ofSeconds(20), home));
    connection.finish();
    return link;
  }

  @Test
  void givesTheNextDatagram_ofTheDevice() throws Exception {
    try (MulticastMeter meter = new MulticastMeter(GROUP, 0, "534d410001");
        DeviceLink link = link(Map.of("port", meter.port(), "patience", "10s"))) {
      for (int poll = 0; poll < 3; poll++) {
        assertThat(link.ask(ANY_METER).text()).isEqualTo("534d410001");
        assertThat(link.ask(ANY_METER).receivedAt()).isEqualTo(NOON);
      }
    }
  }

  @Test
  void looksAtNothing_thatIsOfAnotherKind() throws Exception {
    try (MulticastMeter inverter = new MulticastMeter(GROUP, 0, "534d410101");
        DeviceLink link = link(Map.of("port", inverter.port(), "patience", "300ms"))) {
      assertThatThrownBy(() -> link.ask(ANY_METER))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageContaining("nothing comes from it");
    }
  }

  @Test
  void looksAtNothing_thatAnotherMachineSends() throws Exception {
    try (MulticastMeter stranger = new MulticastMeter(GROUP, 0, "534d410001");
        DeviceLink link =
            link(
                Map.of(
                    "port",
                    stranger.port(),
                    "host",
                    "127.0.0.2",
                    "interface",
                    "lo",
                    "patience",
                    "300ms"))) {
      assertThatThrownBy(() -> link.ask(ANY_METER)).hasMessageContaining("nothing comes from it");
    }
  }

  @Test
  void looksAtNothing_thatIsLongerThanADatagramOfADevice() throws Exception {
    try (MulticastMeter meter = new MulticastMeter(GROUP, 0, "534d4100" + "00".repeat(1497));
        DeviceLink link = link(Map.of("port", meter.port(), "patience", "300ms"))) {
      assertThatThrownBy(() -> link.ask(ANY_METER)).hasMessageContaining("nothing comes from it");
    }
  }

  @Test
  void throwsAway_whatCameBeforeTheQuestion() throws Exception {
    int port = port();
    try (DeviceLink link = link(Map.of("port", port, "patience", "10s"));
        DatagramSocket sender =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      try (MulticastMeter _ = new MulticastMeter(GROUP, port, "534d410001")) {
        assertThat(link.ask(ANY_METER).text()).isEqualTo("534d410001");
      }
      byte[] old = {0x53, 0x4d, 0x41, 0, 2};
      sender.send(new DatagramPacket(old, old.length, InetAddress.getLoopbackAddress(), port));
      try (MulticastMeter _ = new MulticastMeter(GROUP, port, "534d410003")) {
        assertThat(link.ask(ANY_METER).text()).isEqualTo("534d410003");
      }
    }
  }

  private static int port() throws Exception {
    try (DatagramSocket free = new DatagramSocket()) {
      return free.getLocalPort();
    }
  }

  @Test
  void endsAWait_whenItIsClosed() throws Exception {
    DeviceLink link = link(Map.of("port", port(), "patience", "50s"));
    CountDownLatch ended = new CountDownLatch(1);
    Thread _ =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  assertThatThrownBy(() -> link.ask(ANY_METER))
                      .hasMessageContaining("the link is closed");
                  ended.countDown();
                });
    link.close();

    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(() -> link.ask(ANY_METER)).hasMessageContaining("the link is closed");
  }

  @Test
  void triesAgainLater_whereThereIsNoNetwork() throws Exception {
    try (DeviceLink link = link(Map.of("port", port(), "interface", "none-of-mine"))) {
      assertThatThrownBy(() -> link.ask(ANY_METER))
          .hasMessageContaining("the group cannot be entered");
      assertThatThrownBy(() -> link.ask(ANY_METER)).hasMessageContaining("is tried again in");
    }
  }

  @Test
  void refusesConnectionsAndRequestsThatCannotBe() {
    assertThatThrownBy(() -> link(Map.of("group", "192.168.1.1")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("device.group must be the address of a multicast group");
    assertThatThrownBy(() -> link(Map.of("group", "example.org"))).hasMessageContaining("group");
    assertThatThrownBy(() -> link(Map.of("host", ""))).hasMessageContaining("device.host");
    SettingsReader bad = SettingsReader.of("request", Map.of("matching", "sma"));
    new MulticastTransport().check(bad);
    assertThatThrownBy(bad::finish).hasMessageContaining("matching");
  }
}
