// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.DeviceRecorder.Outcome;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.AnswerSet;
import org.peermind.energy.internal.profile.Decoder.Decoded;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.internal.profile.ReadingReport;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.AdapterFactory;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

/// Asks the devices of a site once each and gives what may leave the house.
public final class SiteRecorder {
  private static final Set<String> SAFE_KEYS =
      Set.of("profile", "role", "port", "unit", "poll", "stale-after", "auth", "tls", "check");

  private final ProfileShelf shelf;
  private final Path home;
  private final InstantSource time;
  private final RandomGenerator random;

  public SiteRecorder(ProfileShelf shelf, Path home, InstantSource time, RandomGenerator random) {
    this.shelf = shelf;
    this.home = home;
    this.time = time;
    this.random = random;
  }

  /// What each device of the section gives.
  public List<Outcome> record(String adapter, Map<String, ?> section) throws InterruptedException {
    SiteFactory factory =
        SiteFactory.all(shelf, time).stream()
            .filter(SiteFactory.class::isInstance)
            .map(SiteFactory.class::cast)
            .filter(each -> ((AdapterFactory) each).name().equals(adapter))
            .findFirst()
            .orElseThrow(
                () ->
                    new SettingsException(
                        "The adapter '%s' has no devices that could be recorded."
                            .formatted(adapter)));
    AdapterContext context = new AdapterContext(null, Duration.ofSeconds(10), OwnDraw.NONE, home);
    Set<String> own = new HashSet<>();
    collect(section, "", own);
    List<SiteAdapter.Watch> watches =
        factory.watches(SettingsReader.of("energy." + adapter, section), context);
    List<Outcome> all = new ArrayList<>();
    try {
      for (SiteAdapter.Watch watch : watches) {
        all.add(record(watch.device(), own));
      }
    } finally {
      watches.forEach(watch -> watch.device().close());
    }
    return List.copyOf(all);
  }

  /// Values of the owner's that must not leave: whatever the section holds beside plain settings.
  private static void collect(@Nullable Object value, String key, Set<String> own) {
    switch (value) {
      case null -> {}
      case Map<?, ?> map ->
          map.forEach((name, member) -> collect(member, String.valueOf(name), own));
      case List<?> list -> list.forEach(each -> collect(each, key, own));
      default -> {
        String text = String.valueOf(value);
        if (!SAFE_KEYS.contains(key) && text.length() >= 4) {
          own.add(text);
        }
      }
    }
  }

  private Outcome record(Device device, Set<String> own) throws InterruptedException {
    String profile = device.profile().name();
    Map<AnswerRule, String> heard = new LinkedHashMap<>();
    try {
      var _ = device.read(heard::put);
    } catch (EnergyAdapterException failed) {
      if (heard.isEmpty()) {
        return new Outcome.Refused(profile, failed.sentence());
      }
    }
    Set<String> words = ProfileShelf.publicWords(device.profile());
    Scrubber scrubber = new Scrubber(words, random);
    Map<AnswerRule, String> scrubbed = new LinkedHashMap<>();
    for (Map.Entry<AnswerRule, String> answer : heard.entrySet()) {
      String text = scrubber.scrubbed(answer.getValue()).orElse(null);
      if (text == null) {
        return new Outcome.Refused(
            profile,
            "%s answers in a form that cannot be scrubbed for sure, so nothing of it is written."
                .formatted(answer.getKey().interfaceName()));
      }
      if (own.stream().anyMatch(value -> !words.contains(value) && text.contains(value))) {
        return new Outcome.Refused(
            profile,
            "%s repeats a value of your configuration that could not be replaced, so nothing of it"
                    .formatted(answer.getKey().interfaceName())
                + " is written.");
      }
      scrubbed.put(answer.getKey(), text);
    }
    Decoded before = decoded(device, heard);
    Decoded after = decoded(device, scrubbed);
    if (before instanceof Decoded.Read(var original)
        && after instanceof Decoded.Read(var copy)
        && ReadingReport.of(original).equals(ReadingReport.of(copy))) {
      LinkedHashMap<String, String> answers = new LinkedHashMap<>();
      scrubbed.forEach((rule, text) -> answers.put(rule.interfaceName(), text));
      return new Outcome.Recorded(
          profile,
          device.role().word(),
          answers,
          new TreeSet<>(scrubber.kinds()),
          ReadingReport.of(copy));
    }
    return new Outcome.Refused(
        profile,
        before instanceof Decoded.Read
            ? "The scrubbed answers of %s do not give the same reading, so they are not written."
                .formatted(profile)
            : ("The answers of %s give no reading, so it cannot be checked what scrubbing does to"
                    + " them; nothing is written.")
                .formatted(profile));
  }

  private static Decoded decoded(Device device, Map<AnswerRule, String> texts) {
    AnswerSet answers = new AnswerSet(device.profile(), device.role(), device.options());
    for (Map.Entry<AnswerRule, String> answer : texts.entrySet()) {
      String refused = answers.add(answer.getKey(), answer.getValue(), Instant.EPOCH);
      if (refused != null) {
        return new Decoded.Refused(refused);
      }
    }
    return answers.decoded();
  }
}
