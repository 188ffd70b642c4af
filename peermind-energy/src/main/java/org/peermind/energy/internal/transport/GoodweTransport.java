// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.energy.spi.SettingsReader;

/// GoodWe inverters by their Wi-Fi or LAN dongle: Modbus RTU or the maker's older protocol in UDP
/// datagrams, or Modbus TCP.
///
/// Connection: `host`, `protocol` (udp or tcp), `port` (8899, 502 with tcp), `unit` (247, or 127
/// for grid-only inverters), `patience` (for one answer, 1 s) and `tries` (3). A request is
/// `registers: FIRST..LAST`, or `aa55: '010600'` for the older protocol. The answer's frame is
/// given in hexadecimal.
final class GoodweTransport implements Transport {
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,5})\\.\\.([0-9]{1,5})");
  private static final Pattern OLDER = Pattern.compile("[0-9a-fA-F]{6}");
  private static final int REGISTERS_MAX = 125;

  /// What is asked.
  sealed interface Ask {
    record Registers(int first, int count) implements Ask {}

    /// @param control the group of commands
    record Older(int control, int function) implements Ask {}
  }

  @Override
  public String name() {
    return "goodwe";
  }

  @Override
  public void check(SettingsReader request) {
    if (asked(request).isEmpty()) {
      request.problem(
          "registers", "must be FIRST..LAST of at most 125 registers, or aa55 six hex digits");
    }
  }

  static Optional<Ask> asked(SettingsReader request) {
    String older = request.text("aa55", "");
    Matcher range = RANGE.matcher(request.text("registers", ""));
    if (!older.isEmpty()) {
      if (!OLDER.matcher(older).matches()) {
        return Optional.empty();
      }
      byte[] bytes = HexFormat.of().parseHex(older);
      return Optional.of(new Ask.Older(bytes[0] & 0xFF, bytes[1] & 0xFF));
    }
    if (!range.matches()) {
      return Optional.empty();
    }
    int first = Integer.parseInt(range.group(1));
    int last = Integer.parseInt(range.group(2));
    return last > 65_535 || last < first || last - first >= REGISTERS_MAX
        ? Optional.empty()
        : Optional.of(new Ask.Registers(first, last - first + 1));
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    String host = connection.text("host", "");
    if (host.isBlank()) {
      connection.problem("host", "must name the device's address");
    }
    String protocol = connection.text("protocol", "udp");
    if (!protocol.equals("udp") && !protocol.equals("tcp")) {
      connection.problem("protocol", "must be udp or tcp");
    }
    boolean tcp = protocol.equals("tcp");
    int port = Ports.read(connection, tcp ? 502 : 8899);
    long unit = connection.whole("unit", 247);
    if (unit < 0 || unit > 255) {
      connection.problem("unit", "must lie within 0 and 255");
    }
    long tries = connection.whole("tries", 3);
    if (tries < 1 || tries > 10) {
      connection.problem("tries", "must lie within 1 and 10");
      tries = 1;
    }
    Duration patience = connection.duration("patience", Duration.ofSeconds(tcp ? 3 : 1));
    if (patience.isZero()) {
      connection.problem("patience", "must be longer than 0 s");
    }
    return new GoodweLink(
        new GoodweLink.Settings(host, port, tcp, (int) unit, patience, (int) tries), surroundings);
  }
}
