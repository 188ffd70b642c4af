// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SettingsReader;

/// Devices that send their values to a multicast group, unasked, in UDP datagrams (RFC 1112).
///
/// Connection: `host` (the device: what others send is not looked at), `group`, `port`, `interface`
/// (of this machine, such as eth0; otherwise the one that leads to the device) and `patience` (for
/// the next datagram, 3 s). A request is `matching`, the start of the datagrams that count in
/// hexadecimal, with a dot for a digit that may be anything. The datagram is given in hexadecimal.
final class MulticastTransport implements Transport {
  private static final Pattern MATCHING = Pattern.compile("[0-9a-f.]{1,400}");
  private static final Pattern GROUP =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:]+");

  @Override
  public String name() {
    return "multicast";
  }

  @Override
  public void check(SettingsReader request) {
    if (!MATCHING.matcher(request.text("matching", "")).matches()) {
      request.problem("matching", "must be up to 400 small hexadecimal digits and dots");
    }
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    String host = connection.text("host", "");
    if (host.isBlank()) {
      connection.problem("host", "must name the device's address");
    }
    InetAddress group = group(connection);
    int port = Ports.read(connection, 9522);
    String networkInterface = connection.text("interface").orElse(null);
    Duration patience = connection.duration("patience", Duration.ofSeconds(3));
    if (patience.isZero()) {
      connection.problem("patience", "must be longer than 0 s");
    }
    return new MulticastLink(
        new MulticastLink.Settings(
            host,
            group,
            port,
            networkInterface,
            patience.compareTo(surroundings.patience()) < 0 ? patience : surroundings.patience()),
        surroundings);
  }

  /// The group by its number: no name is looked up.
  private static @Nullable InetAddress group(SettingsReader connection) {
    String text = connection.text("group", "");
    try {
      if (GROUP.matcher(text).matches()) {
        InetAddress group = InetAddress.getByName(text);
        if (group.isMulticastAddress()) {
          return group;
        }
      }
    } catch (UnknownHostException noAddress) {
      // It is named below.
    }
    connection.problem("group", "must be the address of a multicast group such as 239.12.255.254");
    return null;
  }
}
