// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;
import org.peermind.energy.internal.format.UnreadableAnswer;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.SettingsReader;

/// One reading of one device, as a sample or a recording tells it.
///
/// @param answers the text of each answer that the device gives
/// @param options that differ from the profile's
/// @param expected `quality: error` where no reading may result
record DeviceScene(
    Profile profile,
    DeviceRole role,
    Map<AnswerRule, String> answers,
    Map<String, String> options,
    Map<String, @Nullable Object> expected) {
  static final ProfileShelf SHELF = ProfileShelf.builtIn();

  static DeviceScene of(Profile profile, AnswerRule rule, AnswerRule.Sample sample) {
    Map<AnswerRule, String> answers = new LinkedHashMap<>();
    for (AnswerRule other : profile.answers()) {
      String text = other.equals(rule) ? sample.answer() : sample.answers().get(other.alias());
      if (text != null) {
        answers.put(other, text);
      }
    }
    return new DeviceScene(profile, sample.role(), answers, sample.options(), sample.expected());
  }

  boolean isError() {
    return "error".equals(expected.get("quality"));
  }

  /// Whether all registers of a range are missing. The format reads what is there; a device without
  /// them refuses the question, and then nothing results.
  boolean lacksARange() throws UnreadableAnswer {
    if (!profile.transport().equals("modbus") || isError()) {
      return false;
    }
    for (Map.Entry<AnswerRule, String> answer : answers.entrySet()) {
      Map<String, @Nullable Object> request = answer.getKey().request();
      Registers registers = Registers.read(answer.getValue());
      for (RegisterKind kind : RegisterKind.values()) {
        if (request.get(kind.word()) instanceof List<?> ranges
            && !Boolean.TRUE.equals(request.get("absent-allowed"))
            && ranges.stream().anyMatch(range -> isEmpty(registers, kind, range.toString()))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isEmpty(Registers registers, RegisterKind kind, String range) {
    String[] ends = range.split("\\.\\.", 2);
    int first = Integer.decode(ends[0]);
    int last = Integer.decode(ends[ends.length - 1]);
    return registers.addresses(kind).stream().noneMatch(at -> at >= first && at <= last);
  }

  /// Every option, so that the server knows what will be asked for.
  Map<String, String> allOptions() {
    Map<String, String> all = new HashMap<>();
    profile
        .options()
        .forEach(
            (name, option) ->
                all.put(name, Objects.requireNonNullElse(option.otherwise(), "/of-" + name)));
    all.putAll(options);
    return all;
  }

  /// The profile of a device that gives these answers only.
  Profile narrowed() {
    return new Profile(
        profile.name(),
        profile.title(),
        profile.transport(),
        profile.connection(),
        profile.poll(),
        profile.staleAfter(),
        profile.firstAnswerOnly(),
        profile.options(),
        profile.answers().stream().filter(answers::containsKey).toList(),
        profile.origin());
  }

  /// The server, file or program that gives the answers.
  ///
  /// @param port where a network device listens; 0 finds a free one
  ServedDevice serve(KeyPair keys, Path home, int port) throws Exception {
    return ServedDevice.start(
        new ServedDevice.Scene(profile, answers, allOptions(), isError(), keys, home), port);
  }

  /// The device as the node reads it when the owner has written the section for it.
  Device open(ServedDevice server, Path home, InstantSource time) {
    Map<String, Object> section = new LinkedHashMap<>(server.settings());
    section.put("role", role.word());
    section.putAll(allOptions());
    SiteFactory factory = (SiteFactory) SiteFactory.all(SHELF, time).getFirst();
    return factory
        .watch(
            SettingsReader.of("energy.site.devices[0]", section),
            narrowed(),
            new AdapterContext(null, Duration.ofSeconds(5), OwnDraw.NONE, home))
        .device();
  }
}
