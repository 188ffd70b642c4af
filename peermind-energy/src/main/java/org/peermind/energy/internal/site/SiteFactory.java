// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.internal.profile.Option;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.internal.transport.DeviceLink;
import org.peermind.energy.internal.transport.Transport;
import org.peermind.energy.internal.transport.Transports;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.AdapterFactory;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

/// Reads `energy.site` (a list of devices), or the section of one profile that is the whole site.
public final class SiteFactory implements AdapterFactory {
  private static final int DEVICES_MAX = 32;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Set<String> OUR_KEYS =
      Set.of("profile", "role", "name", "check", "poll", "stale-after", "answer-within");

  private final String name;
  private final ProfileShelf shelf;
  private final @Nullable String only;
  private final InstantSource time;

  private SiteFactory(String name, ProfileShelf shelf, @Nullable String only, InstantSource time) {
    this.name = name;
    this.shelf = shelf;
    this.only = only;
    this.time = time;
  }

  /// `site`, and every profile by its own name.
  public static List<AdapterFactory> all(ProfileShelf shelf, InstantSource time) {
    List<AdapterFactory> all = new ArrayList<>();
    all.add(of(shelf, time));
    for (String profile : shelf.names()) {
      all.add(new SiteFactory(profile, shelf, profile, time));
    }
    return all;
  }

  /// The factory of sites of several devices.
  static SiteFactory of(ProfileShelf shelf, InstantSource time) {
    return new SiteFactory("site", shelf, null, time);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public EnergyAdapter create(SettingsReader settings, AdapterContext context) {
    return new SiteAdapter(
        name, context.place(), context.pollInterval(), watches(settings, context), time);
  }

  /// The devices that the settings name; nothing is asked yet.
  List<SiteAdapter.Watch> watches(SettingsReader settings, AdapterContext context) {
    List<SiteAdapter.Watch> watches = new ArrayList<>();
    try {
      if (only != null) {
        watches.add(watch(settings, profile(settings, only), context));
      } else {
        List<SettingsReader> sections = settings.sections("devices");
        if (sections.isEmpty() || sections.size() > DEVICES_MAX) {
          throw new SettingsException(
              "%s.devices must list 1 to %d devices.".formatted(settings.path(), DEVICES_MAX));
        }
        for (SettingsReader section : sections) {
          watches.add(watch(section, profile(section, section.text("profile", "")), context));
        }
        settings.finish();
      }
    } catch (SettingsException wrong) {
      watches.forEach(watch -> watch.device().close());
      throw wrong;
    }
    return watches;
  }

  @Override
  public Duration slowestPoll(SettingsReader settings) {
    if (only != null) {
      return settings.duration("poll", profile(settings, only).poll());
    }
    Duration slowest = Duration.ZERO;
    for (SettingsReader section : settings.sections("devices")) {
      Profile profile = profile(section, section.text("profile", ""));
      Duration poll = section.duration("poll", profile.poll());
      if (role(section, profile) != DeviceRole.ENGINE && poll.compareTo(slowest) > 0) {
        slowest = poll;
      }
    }
    return slowest;
  }

  /// Reads and proves the profile now, so that none that is not used costs anything.
  private Profile profile(SettingsReader section, String wanted) {
    return shelf
        .profile(wanted)
        .orElseThrow(
            () ->
                new SettingsException(
                    "%s.profile names the unknown profile '%s'; `peermind energy adapters` lists them."
                        .formatted(section.path(), wanted)));
  }

  /// One device of the owner's, as its section tells it.
  SiteAdapter.Watch watch(SettingsReader section, Profile profile, AdapterContext context) {
    DeviceRole role = role(section, profile);
    String label = section.text("name", profile.name());
    boolean check = section.flag("check", false);
    Duration poll = section.duration("poll", profile.poll());
    Duration staleAfter = section.duration("stale-after", profile.staleAfter());
    Duration patience = section.duration("answer-within", PATIENCE);
    if (check && role == DeviceRole.ENGINE) {
      section.problem("check", "means nothing for a wall plug; all plugs of the machine add up");
    }
    if (poll.toMillis() < 200) {
      section.problem("poll", "must be 200 ms or more");
    }
    if (!patience.isPositive() || patience.toSeconds() > 60) {
      section.problem("answer-within", "must be more than 0 and at most 60 s");
    }
    Map<String, String> options = options(section, profile);
    Map<String, @Nullable Object> connection = new LinkedHashMap<>(profile.connection());
    Set<String> ours = new HashSet<>(OUR_KEYS);
    ours.addAll(profile.options().keySet());
    for (String key : section.keys()) {
      if (!ours.contains(key)) {
        connection.put(key, section.value(key));
      }
    }
    section.finish();
    DeviceLink link = link(section.path(), profile, connection, patience, context.baseDirectory());
    return new SiteAdapter.Watch(
        new Device(label, profile, role, options, link), check, poll, staleAfter);
  }

  private static DeviceRole role(SettingsReader section, Profile profile) {
    DeviceRole first = profile.roles().iterator().next();
    Optional<String> word = section.text("role");
    if (word.isEmpty()) {
      if (first != DeviceRole.SITE && profile.roles().size() > 1) {
        section.problem("role", "is missing: what does the device stand for? " + words(profile));
      }
      return first;
    }
    Optional<DeviceRole> role = DeviceRole.of(word.get()).filter(profile.roles()::contains);
    if (role.isEmpty()) {
      section.problem("role", "must be one of " + words(profile) + ", not '" + word.get() + "'");
    }
    return role.orElse(first);
  }

  private static String words(Profile profile) {
    return String.join(", ", profile.roles().stream().map(DeviceRole::word).toList());
  }

  private static Map<String, String> options(SettingsReader section, Profile profile) {
    Map<String, String> options = new HashMap<>();
    for (Option option : profile.options().values()) {
      Optional<String> given = section.text(option.name());
      String value = given.orElse(option.otherwise());
      if (value == null) {
        section.problem(option.name(), "is missing: " + option.meaning());
      } else {
        options.put(option.name(), value);
      }
    }
    return options;
  }

  private DeviceLink link(
      String path,
      Profile profile,
      Map<String, @Nullable Object> connection,
      Duration patience,
      Path home) {
    Transport transport =
        Transports.of(profile.transport())
            .orElseThrow(() -> new IllegalStateException("A profile was read without transport"));
    SettingsReader reader = SettingsReader.of(path, connection);
    DeviceLink link = transport.open(reader, new Transport.Surroundings(time, patience, home));
    try {
      reader.finish();
    } catch (SettingsException wrong) {
      link.close();
      throw wrong;
    }
    return link;
  }
}
