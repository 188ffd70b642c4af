// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import java.util.regex.Pattern;
import org.peermind.energy.spi.SettingsReader;

/// The text protocol of Network UPS Tools (RFC 9271).
///
/// Connection: `host`, `port` (3493), `user` with `password` or `password-file`, `patience`. A
/// request is `variables: NAME` of the UPS; the answer is a JSON object of its variables.
final class NutTransport implements Transport {
  private static final Pattern UPS = Pattern.compile("[A-Za-z0-9_.@:-]{1,100}");

  @Override
  public String name() {
    return "nut";
  }

  @Override
  public void check(SettingsReader request) {
    if (request.text("variables", "").isBlank()) {
      request.problem("variables", "must name the UPS");
    }
  }

  /// Whether a word can be sent without being taken for more than a name.
  static boolean isName(String word) {
    return UPS.matcher(word).matches();
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    String host = connection.text("host", "");
    if (host.isBlank()) {
      connection.problem("host", "must name the server's address");
    }
    int port = Ports.read(connection, 3493);
    String user = connection.text("user", "");
    if (!user.isEmpty() && !isName(user)) {
      connection.problem("user", "must be a name without spaces");
    }
    HttpSecret password = HttpTransport.secret(connection, "password", surroundings.home());
    Duration patience = connection.duration("patience", Duration.ofSeconds(5));
    return new NutLink(
        new NutLink.Settings(
            host,
            port,
            user,
            password,
            patience.compareTo(surroundings.patience()) < 0 ? patience : surroundings.patience()),
        surroundings);
  }
}
