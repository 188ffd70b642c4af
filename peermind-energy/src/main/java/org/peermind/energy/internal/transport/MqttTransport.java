// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SettingsReader;

/// MQTT 3.1.1 and 5 (OASIS), as a subscriber with quality of service 0.
///
/// Connection: `host`, `port` (1883, 8883 with `tls`), `version` (3.1.1 or 5), `tls`, `ca-file`
/// (PEM; without it public authorities count, and for a broker at home the key that it showed
/// first), `user`, `password` or `password-file`, `keep` (how old a topic's last message may be)
/// and `patience` (for the first message).
///
/// A request has `topics`, filters of which the last messages are the answer; `publish`, topics
/// with payloads that ask the device for its values, every `every`; and `complete`, a filter whose
/// message says that all values came. A `+` in a topic to publish stands for what the filters'
/// topics have at that level, so that a device is found by what it publishes.
final class MqttTransport implements Transport {
  @Override
  public String name() {
    return "mqtt";
  }

  @Override
  public void check(SettingsReader request) {
    var _ = MqttRequest.of(request);
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    String host = connection.text("host", "");
    if (host.isBlank()) {
      connection.problem("host", "must name the broker's address");
    }
    boolean tls = connection.flag("tls", false);
    int port = Ports.read(connection, tls ? 8883 : 1883);
    String version = connection.text("version", "3.1.1");
    if (!version.equals("3.1.1") && !version.equals("5")) {
      connection.problem("version", "must be 3.1.1 or 5");
    }
    Path authority = connection.text("ca-file").map(surroundings.home()::resolve).orElse(null);
    HttpSecret password = HttpTransport.secret(connection, "password", surroundings.home());
    Duration patience = connection.duration("patience", Duration.ofSeconds(10));
    SSLContext context = null;
    if (tls && !host.isBlank()) {
      context =
          authority == null
              ? PinnedTrust.context(host, port, surroundings.home())
              : trusting(authority, connection);
    }
    return new MqttLink(
        new MqttLink.Settings(
            host,
            port,
            version.equals("5"),
            context,
            connection.text("user").orElse(null),
            password,
            connection.duration("keep", Duration.ofSeconds(60)),
            patience.compareTo(surroundings.patience()) < 0 ? patience : surroundings.patience()),
        surroundings);
  }

  private static @Nullable SSLContext trusting(Path authority, SettingsReader connection) {
    try (InputStream in = Files.newInputStream(authority)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException unusable) {
      connection.problem("ca-file", "must name a readable file with certificates in PEM");
      return null;
    }
  }
}
