// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ReadingReport;
import org.peermind.energy.internal.transport.Transport;
import org.peermind.energy.internal.transport.Transports;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.VirtualClock;

/// A server that answers as a device of a profile would, and the device that reads it over a real
/// socket.
final class ServedDevice {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Profile profile;
  private final DeviceRole role;
  private final Map<String, String> options;
  private final Path home;

  ServedDevice(Profile profile, DeviceRole role, Map<String, String> options, Path home) {
    this.profile = profile;
    this.role = role;
    this.home = home;
    this.options = new HashMap<>();
    profile
        .options()
        .forEach(
            (name, option) ->
                this.options.put(
                    name, Objects.requireNonNullElse(option.otherwise(), "/of-" + name)));
    this.options.putAll(options);
  }

  /// What the device reads from these answers, by interface; the report's members.
  Map<String, @Nullable Object> read(Map<String, byte[]> answers)
      throws EnergyAdapterException, InterruptedException {
    List<AnswerRule> served =
        profile.answers().stream()
            .filter(rule -> answers.containsKey(rule.interfaceName()))
            .toList();
    Map<String, byte[]> byTarget = new HashMap<>();
    for (AnswerRule rule : served) {
      byTarget.put(target(rule), Objects.requireNonNull(answers.get(rule.interfaceName())));
    }
    // A device that has these answers only.
    Profile narrowed =
        new Profile(
            profile.name(),
            profile.title(),
            profile.transport(),
            profile.connection(),
            profile.poll(),
            profile.staleAfter(),
            profile.firstAnswerOnly(),
            profile.options(),
            served,
            profile.origin());
    try (LoopbackServer server =
            LoopbackServer.start(
                (request, reply) -> {
                  byte @Nullable [] body =
                      byTarget.get(URLDecoder.decode(request.target(), StandardCharsets.UTF_8));
                  reply.raw(
                      "HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                          .formatted(body == null ? 404 : 200, body == null ? 0 : body.length));
                  reply.raw(body == null ? new byte[0] : body);
                });
        Device device =
            new Device(
                "the device",
                narrowed,
                role,
                options,
                Transports.of("http")
                    .orElseThrow()
                    .open(
                        SettingsReader.of(
                            "device", Map.of("host", "127.0.0.1", "port", server.url().getPort())),
                        new Transport.Surroundings(
                            new VirtualClock(Instant.EPOCH), PATIENCE, home)))) {
      return ReadingReport.of(device.read());
    }
  }

  /// What is asked for, decoded.
  private String target(AnswerRule rule) {
    StringBuilder target = new StringBuilder(String.valueOf(rule.request().get("get")));
    if (rule.request().get("query") instanceof Map<?, ?> query) {
      query.forEach(
          (name, value) ->
              target
                  .append(target.indexOf("?") < 0 ? '?' : '&')
                  .append(name)
                  .append('=')
                  .append(value));
    }
    String filled = target.toString();
    for (Map.Entry<String, String> option : options.entrySet()) {
      filled = filled.replace("{" + option.getKey() + "}", option.getValue());
    }
    return URLDecoder.decode(filled.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  static void assertSame(
      String field, @Nullable Object actual, @Nullable Object expected, double tolerance) {
    if (expected instanceof Number number) {
      assertThat(actual).as(field).isInstanceOf(Number.class);
      assertThat(((Number) Objects.requireNonNull(actual)).doubleValue())
          .as(field)
          .isCloseTo(number.doubleValue(), within(tolerance));
    } else if (expected instanceof Date date) {
      assertThat(actual).as(field).isEqualTo(date.toInstant().toString());
    } else {
      assertThat(actual).as(field).isEqualTo(expected);
    }
  }
}
