// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.DeviceProbe;
import org.peermind.energy.DeviceProbe.Address;
import org.peermind.energy.DeviceProbe.Findings;
import org.peermind.energy.DeviceProbe.Fit;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.transport.SelfSigned;
import org.peermind.testkit.LoopbackServer;

/// Devices that are found, or not, by asking their address.
final class AddressProbeTest {
  private static final Duration WITHIN = Duration.ofSeconds(20);

  @TempDir private Path home;

  private Findings ask(int port) throws InterruptedException {
    return ask("127.0.0.1", port, WITHIN);
  }

  private Findings ask(String host, int port, Duration within) throws InterruptedException {
    return new DeviceProbe(home.resolve("none"), home, InstantSource.system())
        .ask(new Address(host, OptionalInt.of(port)), within, _ -> {});
  }

  private Findings served(String profile, String sample) throws Exception {
    Profile found = DeviceScene.SHELF.profile(profile).orElseThrow();
    for (AnswerRule rule : found.answers()) {
      for (AnswerRule.Sample each : rule.samples()) {
        if (each.name().equals(sample)) {
          KeyPair keys = SelfSigned.keys();
          try (ServedDevice server = DeviceScene.of(found, rule, each).serve(keys, home, 0)) {
            return ask(Integer.parseInt(String.valueOf(server.settings().get("port"))));
          }
        }
      }
    }
    throw new AssertionError("No sample " + sample);
  }

  @Test
  void findsAnInverterAndWhatItReads() throws Exception {
    Findings findings = served("fronius", "hybrid, charging, export");

    Fit fit = findings.fits().getFirst();
    assertThat(fit.profile()).isEqualTo("fronius");
    assertThat(fit.report())
        .containsEntry("pv_power_w", 4131.0)
        .containsEntry("grid_power_w", -1100.0)
        .containsEntry("battery_power_w", 1500.25)
        .containsEntry("battery_soc", 71.5);
    assertThat(fit.settings()).containsEntry("host", "127.0.0.1").containsKey("port");
    assertThat(findings.complete()).isTrue();
  }

  @Test
  void tellsWhichOptionToSet_whenADeviceWantsToKnowWhoAsks() throws Exception {
    Findings findings = served("openems", "charging");

    assertThat(findings.fits()).isEmpty();
    assertThat(findings.remarks())
        .singleElement()
        .asString()
        .contains("wants to know who asks")
        .contains("user and password-file (")
        .contains("openems");
  }

  @Test
  void asksAPortThatRefusesOnlyOnce() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    Findings findings = ask(port);

    assertThat(findings.fits()).isEmpty();
    assertThat(findings.silent()).containsExactly(port);
  }

  @Test
  void endsInTime_whenADeviceAcceptsAndNeverAnswers() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      long began = System.nanoTime();

      Findings findings = ask("127.0.0.1", mute.getLocalPort(), Duration.ofSeconds(1));

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      assertThat(findings.fits()).isEmpty();
      assertThat(findings.complete()).isFalse();
      assertThat(findings.answering()).containsExactly(mute.getLocalPort());
    }
  }

  @Test
  void findsNothing_whereGarbageAnswers() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        LoopbackServer _ =
            LoopbackServer.start(
                listener,
                (_, reply) ->
                    reply.raw(
                        "HTTP/1.1 200 X\r\nContent-Length: 4\r\nConnection: close\r\n\r\n{}{]"))) {
      Findings findings = ask("127.0.0.1", listener.getLocalPort(), Duration.ofSeconds(1));

      assertThat(findings.fits()).isEmpty();
      assertThat(findings.remarks()).isEmpty();
    }
  }

  @Test
  void saysThatANameIsNotKnown() throws Exception {
    Findings findings = ask("no-such-host.invalid", 80, WITHIN);

    assertThat(findings.remarks())
        .containsExactly("The name no-such-host.invalid is not known here.");
  }

  @Test
  void takesTheHostsOfAConfiguration() {
    Map<String, Object> energy =
        Map.of(
            "adapter",
            "site",
            "site",
            Map.of(
                "devices",
                List.of(
                    Map.of("profile", "fronius", "host", "192.0.2.1"),
                    Map.of("profile", "evcc", "host", "192.0.2.2", "port", 7071),
                    Map.of("profile", "sma", "host", "192.0.2.1"))));

    assertThat(DeviceProbe.configured(energy))
        .extracting(Address::text)
        .containsExactly("192.0.2.1", "192.0.2.2:7071");
  }

  @Test
  void readsAddresses_andRefusesWhatIsNone() {
    assertThat(Address.of("meter.lan:8080").orElseThrow().port()).hasValue(8080);
    assertThat(Address.of("fe80::1").orElseThrow().port()).isEmpty();
    assertThat(Address.of("[::1]:502").orElseThrow().text()).isEqualTo("[::1]:502");
    assertThat(List.of("", "http://x", "x:0", "x:70000", "a b", "x:"))
        .allSatisfy(text -> assertThat(Address.of(text)).isEmpty());
  }
}
