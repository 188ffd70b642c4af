// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;
import org.peermind.energy.internal.format.UnreadableAnswer;
import org.peermind.energy.internal.transport.DeviceLink;
import org.peermind.energy.internal.transport.ScriptedModbusServer;
import org.peermind.energy.internal.transport.Transport;
import org.peermind.energy.internal.transport.Transports;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.SettingsReader;

/// Reads devices with several units over one Modbus connection.
final class ModbusProfilesTest {
  private static final InstantSource NOON = () -> Instant.parse("2026-06-21T10:00:00Z");
  private static final ProfileShelf SHELF = ProfileShelf.builtIn();

  record Case(Profile profile, AnswerRule rule, AnswerRule.Sample sample) {
    @Override
    public String toString() {
      return rule.interfaceName() + ": " + sample.name();
    }
  }

  /// The registers of an answer; empty for one that holds none or is broken.
  private static Optional<Registers> served(String answer) {
    try {
      Registers registers = Registers.read(answer);
      boolean any = false;
      for (RegisterKind kind : RegisterKind.values()) {
        any |= !registers.addresses(kind).isEmpty();
      }
      return any ? Optional.of(registers) : Optional.empty();
    } catch (UnreadableAnswer _) {
      return Optional.empty();
    }
  }

  private static DeviceLink link(Profile profile, ScriptedModbusServer server) {
    Map<String, @Nullable Object> settings = new LinkedHashMap<>(profile.connection());
    settings.put("host", "127.0.0.1");
    settings.put("port", server.port());
    settings.put("settle", 0);
    settings.put("pause-between", 0);
    SettingsReader connection = SettingsReader.of("connection", settings);
    DeviceLink link =
        Transports.of("modbus")
            .orElseThrow()
            .open(
                connection,
                new Transport.Surroundings(NOON, Duration.ofSeconds(20), Path.of("home")));
    connection.finish();
    return link;
  }

  private static DeviceReading read(Profile profile, DeviceRole role, ScriptedModbusServer server)
      throws Exception {
    Map<String, String> options = new HashMap<>();
    profile.options().forEach((name, option) -> options.put(name, option.otherwise()));
    try (Device device = new Device("The device", profile, role, options, link(profile, server))) {
      return device.read();
    }
  }

  @Test
  void readsAnInverterAndItsMeter_onOneConnection() throws Exception {
    Profile fronius = SHELF.profile("fronius-modbus").orElseThrow();
    Registers both = new Registers(1);
    for (AnswerRule rule : fronius.answers()) {
      Registers one = served(rule.samples().getFirst().answer()).orElseThrow();
      int shift = both.addresses(RegisterKind.HOLDING).size();
      // A device that lists the meter behind its own models, so that one map serves both units.
      for (int address : one.addresses(RegisterKind.HOLDING)) {
        if (shift == 0 || address >= 40_002) {
          both.put(
              RegisterKind.HOLDING,
              shift == 0 ? address : address + shift - 4,
              one.words(RegisterKind.HOLDING, address, 1).orElseThrow());
        }
      }
    }
    try (ScriptedModbusServer server = new ScriptedModbusServer(both)) {
      Map<String, @Nullable Object> read = ReadingReport.of(read(fronius, DeviceRole.SITE, server));

      assertThat(read)
          .containsEntry("pv_power_w", 3100.0)
          .containsEntry("battery_power_w", 1000.0)
          .containsEntry("grid_power_w", -1250.5);
      assertThat(server.connections()).isEqualTo(1);
    }
  }
}
