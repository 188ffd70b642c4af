// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import org.peermind.energy.spi.SettingsReader;

/// Modbus TCP: plain registers, and the walk through the models of a SunSpec device.
///
/// Connection: `host`, `port`, `unit`, `patience` (for one response), `settle` (rest after
/// connecting), `pause-between` (rest between requests) and `registers-max` (of one request; 100,
/// or 125 for SunSpec, so that a value and its scale factor come in one response). A link holds one
/// connection; many devices take one client only, so that one device is to be configured once.
final class ModbusTransport implements Transport {
  private static final int PORT = 502;
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration REST_MAX = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "modbus";
  }

  @Override
  public void check(SettingsReader request) {
    var _ = ModbusRequest.of(request);
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    String host = connection.text("host", "");
    if (host.isBlank()) {
      connection.problem("host", "must name the device's address");
    }
    long port = connection.whole("port", PORT);
    if (port < 1 || port > 65_535) {
      connection.problem("port", "must lie within 1 and 65535");
      port = PORT;
    }
    int unit = ModbusRequest.unit(connection, 1);
    Duration patience = connection.duration("patience", PATIENCE);
    if (patience.isZero()) {
      connection.problem("patience", "must be longer than 0 s");
    }
    long most = connection.whole("registers-max", 0);
    if (most < 0 || most > ModbusConnection.REGISTERS_MAX) {
      connection.problem("registers-max", "must lie within 1 and 125");
      most = 0;
    }
    return new ModbusLink(
        new ModbusLink.Settings(
            host,
            (int) port,
            unit,
            patience.compareTo(surroundings.patience()) < 0 ? patience : surroundings.patience(),
            rest(connection, "settle"),
            rest(connection, "pause-between"),
            (int) most),
        surroundings);
  }

  private static Duration rest(SettingsReader connection, String key) {
    Duration rest = connection.duration(key, Duration.ZERO);
    if (rest.compareTo(REST_MAX) > 0) {
      connection.problem(key, "must not be longer than 30 s");
      return REST_MAX;
    }
    return rest;
  }
}
