// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peermind.energy.Profiles;
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

/// Serves the samples of every profile from a Modbus device and reads them over the wire.
final class ModbusProfilesTest {
  private static final InstantSource NOON = () -> Instant.parse("2026-06-21T10:00:00Z");
  private static final ProfileShelf SHELF = ProfileShelf.builtIn();

  record Case(Profile profile, AnswerRule rule, AnswerRule.Sample sample) {
    @Override
    public String toString() {
      return rule.interfaceName() + ": " + sample.name();
    }
  }

  static Stream<Case> samples() {
    return SHELF.profiles().stream()
        .filter(profile -> profile.transport().equals("modbus"))
        .flatMap(
            profile ->
                profile.answers().stream()
                    .flatMap(rule -> rule.samples().stream().map(s -> new Case(profile, rule, s))))
        // The others are broken on purpose, in ways that a device does not let through.
        .filter(sample -> sample.sample().origin() == SampleOrigin.DOCUMENTED)
        .filter(sample -> served(sample.sample().answer()).isPresent());
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

  private static DeviceReading read(
      Profile profile, DeviceRole role, Map<String, String> chosen, ScriptedModbusServer server)
      throws Exception {
    Map<String, String> options = new HashMap<>();
    profile.options().forEach((name, option) -> options.put(name, option.otherwise()));
    options.putAll(chosen);
    try (Device device = new Device("The device", profile, role, options, link(profile, server))) {
      return device.read();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void readsEverySampleOverTheWire(Case sample) throws Exception {
    Registers registers = served(sample.sample().answer()).orElseThrow();
    for (String other : sample.sample().answers().values()) {
      Registers more = served(other).orElseThrow();
      for (RegisterKind kind : RegisterKind.values()) {
        for (int address : more.addresses(kind)) {
          registers.put(kind, address, more.words(kind, address, 1).orElseThrow());
        }
      }
    }
    try (ScriptedModbusServer server = new ScriptedModbusServer(registers)) {
      server.fillGaps();
      Profile alone = only(sample.profile(), sample.rule(), sample.sample().answers().keySet());

      Map<String, @Nullable Object> read =
          ReadingReport.of(read(alone, sample.sample().role(), sample.sample().options(), server));

      sample.sample().expected().forEach((field, value) -> same(field, value, read.get(field)));
    }
  }

  private static void same(String field, @Nullable Object expected, @Nullable Object read) {
    if (expected instanceof Number e && read instanceof Number r) {
      assertThat(r.doubleValue()).as(field).isEqualTo(e.doubleValue());
    } else {
      assertThat(String.valueOf(read)).as(field).isEqualTo(String.valueOf(expected));
    }
  }

  /// The profile with one of its answers, and those that this one needs.
  private static Profile only(Profile profile, AnswerRule rule, Set<String> needed) {
    return new Profile(
        profile.name(),
        profile.title(),
        profile.transport(),
        profile.connection(),
        profile.poll(),
        profile.staleAfter(),
        profile.firstAnswerOnly(),
        profile.options(),
        profile.answers().stream()
            .filter(answer -> answer.equals(rule) || needed.contains(answer.alias()))
            .toList(),
        profile.origin());
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
      Map<String, @Nullable Object> read =
          ReadingReport.of(read(fronius, DeviceRole.SITE, Map.of(), server));

      assertThat(read)
          .containsEntry("pv_power_w", 3100.0)
          .containsEntry("battery_power_w", 1000.0)
          .containsEntry("grid_power_w", -1250.5);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  /// The recordings are data of other projects and stay outside; -Dpeermind.fixtures names them.
  @Test
  void readsTheRecordedRegisters_overTheWireAndFromTheFile() throws Exception {
    String directory = System.getProperty("peermind.fixtures", "");
    assumeThat(directory).as("-Dpeermind.fixtures=DIRECTORY names the recordings").isNotEmpty();
    String answer =
        Files.readString(Path.of(directory, "energy", "sunspec_inverter_103.regs.json"));
    Profile sunspec = SHELF.profile("sunspec").orElseThrow();

    assertThat(Profiles.builtIn().decode("sunspec-registers", null, answer, Map.of(), Map.of()))
        .isInstanceOfSatisfying(
            Profiles.Decoding.Read.class,
            read ->
                assertThat(read.report())
                    .containsEntry("pv_power_w", 2970.0)
                    .containsEntry("grid_power_w", null)
                    .containsEntry("battery_power_w", null)
                    .containsEntry("quality", "ok"));
    try (ScriptedModbusServer server = new ScriptedModbusServer(served(answer).orElseThrow())) {
      assertThat(ReadingReport.of(read(sunspec, DeviceRole.SITE, Map.of(), server)))
          .containsEntry("pv_power_w", 2970.0)
          .containsEntry("load_w", null);
    }
  }
}
