// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.bouncycastle.operator.OperatorCreationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.testkit.LoopbackServer;

/// Trust on first use, with certificates made here.
final class PinnedTrustTest {
  @TempDir Path home;

  @Test
  void pinsTheKeyOfASelfSignedCertificate_andRefusesAnother() throws Exception {
    KeyPair first = SelfSigned.keys();
    int port;
    try (LoopbackServer server = server(first, 0);
        TestLink link = TestLink.to(server, home, Map.of("tls", true))) {
      port = server.url().getPort();
      assertThat(link.get("/")).isEqualTo("{}");
    }
    Path pin = home.resolve("pins").resolve("127.0.0.1-" + port);
    assertThat(pin).hasContent(fingerprint(first));

    // The same key in another certificate is the same device.
    try (LoopbackServer server = server(first, port);
        TestLink link = TestLink.to(server, home, Map.of("tls", true))) {
      assertThat(link.get("/")).isEqualTo("{}");
    }
    KeyPair second = SelfSigned.keys();
    try (LoopbackServer server = server(second, port);
        TestLink link = TestLink.to(server, home, Map.of("tls", true))) {
      assertThatThrownBy(() -> link.get("/"))
          .hasMessageContaining("is not the one that it showed first")
          .hasMessageContaining("delete the file " + pin);
      assertThat(server.requests()).isEmpty();

      Files.delete(pin);
      assertThat(link.get("/")).isEqualTo("{}");
    }
    assertThat(pin).hasContent(fingerprint(second));
  }

  @Test
  void refusesADevice_whosePinIsDamaged() throws Exception {
    try (LoopbackServer server = server(SelfSigned.keys(), 0);
        TestLink link = TestLink.to(server, home, Map.of("tls", true))) {
      Path pin = home.resolve("pins").resolve("127.0.0.1-" + server.url().getPort());
      Files.createDirectories(pin.getParent());
      Files.writeString(pin, "");

      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("showed first");
    }
  }

  @Test
  void refusesADevice_whoseKeyCannotBeKept() throws Exception {
    Files.writeString(home.resolve("pins"), "a file where the directory should be");
    try (LoopbackServer server = server(SelfSigned.keys(), 0);
        TestLink link = TestLink.to(server, home, Map.of("tls", true))) {
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("pins");
      assertThat(server.requests()).isEmpty();
    }
  }

  @Test
  void saysThatADeviceSpeaksNoTls() {
    try (LoopbackServer server = LoopbackServer.start((_, reply) -> reply.json(200, "{}"));
        TestLink link = TestLink.to(server, home, Duration.ofSeconds(5), Map.of("tls", true))) {
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining(":");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.168.1.9",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.9.9",
        "127.0.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "envoy",
        "powerwall.local",
        "inverter.fritz.box",
        "X.LAN",
        "::1",
        "fd00::1",
        "fe80::1"
      })
  void trustsTheFirstCertificate_atHome(String host) {
    assertThat(PinnedTrust.isAtHome(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8", "172.32.0.1", "100.128.0.1", "10.example.org", "192.168.1.1.example.org",
        "fleet-api.prd.na.vn.cloud.tesla.com", "134744072", "0x08080808", "2001:db8::1", "local.com"
      })
  void trustsAuthoritiesOnly_elsewhere(String host) {
    assertThat(PinnedTrust.isAtHome(host)).isFalse();
  }

  private static LoopbackServer server(KeyPair keys, int port)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    return LoopbackServer.start(
        SelfSigned.listener(keys, port), (_, reply) -> reply.json(200, "{}"));
  }

  private static String fingerprint(KeyPair keys) throws GeneralSecurityException {
    return HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(keys.getPublic().getEncoded()))
        + "\n";
  }
}
