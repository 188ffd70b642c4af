// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.Profiles;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;
import org.peermind.energy.internal.format.UnreadableAnswer;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.internal.profile.ReadingReport;
import org.peermind.energy.internal.transport.SelfSigned;
import org.peermind.energy.internal.transport.Transports;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergyAdapterException;

/// Every profile reads its own samples, and the recorded answers that are at hand, from a server of
/// its transport, as the owner's configuration reaches it (spec section 3).
@Timeout(120)
final class EveryProfileOverItsTransportTest {
  private static final String FIXTURES = "peermind.fixtures";
  private static final double FIXTURE_TOLERANCE_W = 0.5;
  private static final Instant NOON = Instant.parse("2026-06-21T10:00:00Z");
  private static final List<String> QUANTITIES =
      List.of(
          "pv_power_w",
          "battery_power_w",
          "battery_soc",
          "load_w",
          "grid_power_w",
          "quality",
          "device_timestamp",
          "device_local_time");

  private static final Profiles BUILT_IN = Profiles.builtIn();
  private static final ProfileShelf SHELF = DeviceScene.SHELF;
  private static @Nullable KeyPair keys;

  @TempDir static Path home;

  @BeforeAll
  static void makeKeys() throws Exception {
    keys = SelfSigned.keys();
  }

  private static Map<String, @Nullable Object> read(DeviceScene scene) throws Exception {
    try (ServedDevice server = scene.serve(Objects.requireNonNull(keys), home, 0);
        Device device = scene.open(server, home, () -> NOON)) {
      return ReadingReport.of(device.read());
    }
  }

  private static void reads(DeviceScene scene, double tolerance) throws Exception {
    if (scene.lacksARange()) {
      assertThatThrownBy(() -> read(scene))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageContaining("the device has no");
      return;
    }
    if (scene.isError()) {
      assertThatThrownBy(() -> read(scene))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageEndingWith(".");
      return;
    }
    Map<String, @Nullable Object> read = read(scene);
    assertThat(scene.expected()).isNotEmpty();
    scene
        .expected()
        .forEach((field, expected) -> assertSame(field, read.get(field), expected, tolerance));
  }

  private static void assertSame(
      String field, @Nullable Object actual, @Nullable Object expected, double tolerance) {
    if (expected instanceof Number number) {
      assertThat(actual).as(field).isInstanceOf(Number.class);
      assertThat(((Number) Objects.requireNonNull(actual)).doubleValue())
          .as(field)
          .isCloseTo(number.doubleValue(), within(tolerance));
    } else if (expected instanceof Date date) { // what YAML makes of an unquoted timestamp
      assertThat(actual).as(field).isEqualTo(date.toInstant().toString());
    } else if (field.equals("device_timestamp") && expected != null) {
      Instant second = Instant.parse(String.valueOf(actual)).truncatedTo(ChronoUnit.SECONDS);
      assertThat(second)
          .as(field)
          .isEqualTo(Instant.parse(expected.toString()).truncatedTo(ChronoUnit.SECONDS));
    } else {
      assertThat(String.valueOf(actual)).as(field).isEqualTo(String.valueOf(expected));
    }
  }

  @TestFactory
  Stream<DynamicTest> readsEverySample() throws UnreadableAnswer {
    assertThat(SHELF.refused()).isEmpty();
    Set<String> transports = new TreeSet<>();
    int incomplete = 0;
    List<DynamicTest> tests = new ArrayList<>();
    for (Profile profile : SHELF.profiles()) {
      transports.add(profile.transport());
      for (AnswerRule rule : profile.answers()) {
        for (AnswerRule.Sample sample : rule.samples()) {
          if (canBeServed(profile, sample)) {
            DeviceScene scene = DeviceScene.of(profile, rule, sample);
            incomplete += scene.lacksARange() ? 1 : 0;
            tests.add(
                dynamicTest(rule.interfaceName() + ": " + sample.name(), () -> reads(scene, 1e-6)));
          }
        }
      }
    }
    assertThat(transports).isEqualTo(Transports.names());
    assertThat(incomplete).isLessThan(tests.size() / 20);
    return tests.stream();
  }

  /// What a device of this kind can give: a Modbus device has registers, not points with names, and
  /// never half of a value, as a file may.
  private static boolean canBeServed(Profile profile, AnswerRule.Sample sample) {
    if (sample.name().startsWith("only half of")) {
      return false;
    }
    if (!profile.transport().equals("modbus") || "error".equals(sample.expected().get("quality"))) {
      return true;
    }
    try {
      Registers registers = Registers.read(sample.answer());
      return Stream.of(RegisterKind.values())
          .anyMatch(kind -> !registers.addresses(kind).isEmpty());
    } catch (UnreadableAnswer points) {
      return false;
    }
  }

  @TestFactory
  Stream<DynamicTest> readsEveryGoodweSample_byModbusTcpAsWell() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Profile profile : SHELF.profiles()) {
      for (AnswerRule rule : profile.answers()) {
        for (AnswerRule.Sample sample : rule.samples()) {
          DeviceScene scene = DeviceScene.of(profile, rule, sample);
          if (profile.transport().equals("goodwe")
              && !rule.request().containsKey("aa55")
              && sample.answer().strip().startsWith("aa55")
              && !scene.isError()) {
            Map<AnswerRule, String> answers = new LinkedHashMap<>();
            scene.answers().forEach((asked, frame) -> answers.put(asked, byTcp(frame.strip())));
            tests.add(
                dynamicTest(
                    rule.interfaceName() + ": " + sample.name(),
                    () ->
                        reads(
                            new DeviceScene(
                                profile,
                                sample.role(),
                                answers,
                                sample.options(),
                                sample.expected()),
                            1e-6)));
          }
        }
      }
    }
    assertThat(tests).hasSizeGreaterThan(5);
    return tests.stream();
  }

  /// The same registers in a frame of Modbus TCP: no bytes AA 55 and no check sum, but a header.
  private static String byTcp(String frame) {
    String inner = frame.substring(4, frame.length() - 4);
    return "00010000%04x%s".formatted(inner.length() / 2, inner);
  }

  @TestFactory
  Stream<DynamicTest> refusesAPageForPeople_fromEveryHttpDevice() {
    return SHELF.profiles().stream()
        .filter(profile -> profile.transport().equals("http"))
        .map(
            profile ->
                dynamicTest(
                    profile.name(),
                    () -> {
                      Map<AnswerRule, String> pages = new LinkedHashMap<>();
                      profile
                          .answers()
                          .forEach(r -> pages.put(r, "<!DOCTYPE html><title>Log in</title>"));
                      assertThatThrownBy(
                              () ->
                                  read(
                                      new DeviceScene(
                                          profile,
                                          profile.roles().getFirst(),
                                          pages,
                                          Map.of(),
                                          Map.of())))
                          .isInstanceOf(EnergyAdapterException.class)
                          .hasMessageMatching(".*(web page, not JSON|page does not say).*");
                    }));
  }

  /// The recordings are data of other projects and stay outside; -Dpeermind.fixtures names them.
  @TestFactory
  Stream<DynamicTest> readsEveryRecordedAnswer_overItsTransportAndFromTheFile() throws IOException {
    String directory = System.getProperty(FIXTURES);
    assumeThat(directory).as("-D%s names the recorded answers", FIXTURES).isNotNull();
    Path energy = Path.of(Objects.requireNonNull(directory)).resolve("energy");
    JsonNode all = new ObjectMapper().readTree(energy.resolve("expected.json").toFile());
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, JsonNode> file : all.properties()) {
      tests.add(
          dynamicTest(
              file.getKey(),
              () ->
                  readsRecorded(Files.readString(energy.resolve(file.getKey())), file.getValue())));
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void readsRecorded(String answer, JsonNode file) throws Exception {
    String name = file.path("interface").asText();
    DeviceRole role = DeviceRole.of(file.path("role").asText()).orElseThrow();
    Map<String, @Nullable Object> expected = new LinkedHashMap<>();
    for (String quantity : QUANTITIES) {
      if (file.has(quantity)) {
        JsonNode value = file.get(quantity);
        expected.put(
            quantity,
            value.isNull() ? null : value.isNumber() ? value.doubleValue() : value.asText());
      }
    }
    for (Profile profile : SHELF.profiles()) {
      for (AnswerRule rule : profile.answers()) {
        if (rule.isCalled(name)) {
          reads(
              new DeviceScene(profile, role, Map.of(rule, answer), Map.of(), expected),
              FIXTURE_TOLERANCE_W);
          assertThat(BUILT_IN.decode(name, role, answer, Map.of(), Map.of()))
              .isInstanceOfSatisfying(
                  Profiles.Decoding.Read.class,
                  read ->
                      expected.forEach(
                          (field, value) ->
                              assertSame(
                                  field, read.report().get(field), value, FIXTURE_TOLERANCE_W)));
          return;
        }
      }
    }
    throw new AssertionError("No profile reads " + name);
  }

  /// A recorded GX device, by the path of each value on its broker.
  @Test
  void readsTheRecordedGxDevice_byMqttAsWell() throws Exception {
    String directory = System.getProperty(FIXTURES);
    assumeThat(directory).as("-D%s names the recorded answers", FIXTURES).isNotNull();
    Path file = Path.of(Objects.requireNonNull(directory)).resolve("energy/victron_system_sim.csv");
    ObjectNode messages = new ObjectMapper().createObjectNode();
    for (String line : Files.readAllLines(file)) {
      String[] parts = line.split(",", 3);
      if (parts.length == 3 && !parts[1].equals("s")) {
        messages
            .putObject("N/recorded/system/0" + parts[0])
            .put("payload", "{\"value\":%s}".formatted(parts[2]));
      }
    }
    Profile profile = SHELF.profile("victron-mqtt").orElseThrow();
    reads(
        new DeviceScene(
            profile,
            DeviceRole.SITE,
            Map.of(profile.answers().getFirst(), messages.toString()),
            Map.of(),
            Map.of(
                "pv_power_w",
                1380,
                "battery_power_w",
                600,
                "battery_soc",
                85,
                "load_w",
                960,
                "grid_power_w",
                1260)),
        FIXTURE_TOLERANCE_W);
  }
}
