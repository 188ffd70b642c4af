// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergyAdapterException;

/// Every HTTP profile reads its own samples, and the recorded answers that are at hand, from a
/// server over a real socket.
final class HttpProfilesTest {
  private static final String FIXTURES = "peermind.fixtures";
  private static final double FIXTURE_TOLERANCE_W = 0.5;
  private static final List<String> QUANTITIES =
      List.of(
          "pv_power_w",
          "battery_power_w",
          "battery_soc",
          "load_w",
          "grid_power_w",
          "quality",
          "device_timestamp");

  @TempDir static Path home;

  private static List<Profile> profiles() {
    ProfileShelf shelf = ProfileShelf.builtIn();
    assertThat(shelf.refused()).isEmpty();
    return shelf.profiles().stream().filter(p -> p.transport().equals("http")).toList();
  }

  @TestFactory
  Stream<DynamicTest> readsEverySample_overASocket() {
    return profiles().stream()
        .flatMap(
            profile ->
                profile.answers().stream()
                    .flatMap(
                        rule ->
                            rule.samples().stream()
                                .map(
                                    sample ->
                                        dynamicTest(
                                            rule.interfaceName() + ": " + sample.name(),
                                            () -> reads(profile, rule, sample)))));
  }

  private static void reads(Profile profile, AnswerRule rule, AnswerRule.Sample sample)
      throws Exception {
    Map<String, byte[]> answers = new HashMap<>();
    answers.put(rule.interfaceName(), sample.answer().getBytes(StandardCharsets.UTF_8));
    for (AnswerRule other : profile.answers()) {
      String text = sample.answers().get(other.alias());
      if (text != null) {
        answers.put(other.interfaceName(), text.getBytes(StandardCharsets.UTF_8));
      }
    }
    ServedDevice device = new ServedDevice(profile, sample.role(), sample.options(), home);
    if ("error".equals(sample.expected().get("quality"))) {
      assertThatThrownBy(() -> device.read(answers))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageEndingWith(".");
      return;
    }
    Map<String, @Nullable Object> read = device.read(answers);
    sample
        .expected()
        .forEach(
            (field, expected) -> ServedDevice.assertSame(field, read.get(field), expected, 1e-6));
  }

  @Test
  void refusesEveryProfilesErrorPage() {
    for (Profile profile : profiles()) {
      AnswerRule first =
          profile.answers().stream().filter(r -> !r.fields().isEmpty()).findFirst().orElseThrow();
      DeviceRole role = first.fields().keySet().stream().sorted().findFirst().orElseThrow();
      Map<String, byte[]> pages = new HashMap<>();
      profile
          .answers()
          .forEach(
              rule ->
                  pages.put(
                      rule.interfaceName(),
                      "<!DOCTYPE html><title>Log in</title>".getBytes(StandardCharsets.UTF_8)));

      assertThatThrownBy(() -> new ServedDevice(profile, role, Map.of(), home).read(pages))
          .as(profile.name())
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageContaining("page");
    }
  }

  @TestFactory
  Stream<DynamicTest> readsEveryRecordedAnswer_overASocket() throws IOException {
    String directory = System.getProperty(FIXTURES);
    assumeThat(directory).as("-D%s names the recorded answers", FIXTURES).isNotNull();
    Path energy = Path.of(Objects.requireNonNull(directory)).resolve("energy");
    JsonNode all = new ObjectMapper().readTree(energy.resolve("expected.json").toFile());
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, JsonNode> file : all.properties()) {
      for (Profile profile : profiles()) {
        for (AnswerRule rule : profile.answers()) {
          if (rule.interfaceName().equals(file.getValue().path("interface").asText())) {
            tests.add(
                dynamicTest(
                    file.getKey(),
                    () -> readsRecorded(profile, rule, energy, file.getKey(), file.getValue())));
          }
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void readsRecorded(
      Profile profile, AnswerRule rule, Path directory, String file, JsonNode expected)
      throws Exception {
    DeviceRole role = DeviceRole.of(expected.path("role").asText()).orElseThrow();
    Map<String, @Nullable Object> read =
        new ServedDevice(profile, role, Map.of(), home)
            .read(Map.of(rule.interfaceName(), Files.readAllBytes(directory.resolve(file))));
    for (String quantity : QUANTITIES) {
      if (expected.has(quantity)) {
        JsonNode value = expected.get(quantity);
        Object actual = read.get(quantity);
        if (quantity.equals("device_timestamp") && actual != null) {
          actual = actual.toString().replaceFirst("\\.\\d+Z$", "Z");
        }
        ServedDevice.assertSame(
            quantity,
            actual,
            value.isNull() ? null : value.isNumber() ? value.doubleValue() : value.asText(),
            FIXTURE_TOLERANCE_W);
      }
    }
  }
}
