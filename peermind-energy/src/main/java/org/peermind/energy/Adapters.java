// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.peermind.energy.internal.ReplayAdapter;
import org.peermind.energy.internal.SimulatedAdapter;
import org.peermind.energy.internal.draw.MachineMeter;
import org.peermind.energy.internal.manual.ManualAdapter;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.internal.site.SiteFactory;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.AdapterFactory;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.PowerMeter;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

/// The adapters that the configuration can name. Immutable; [#with] adds one that needs code or
/// comes from a profile.
public final class Adapters {
  private final TreeMap<String, AdapterFactory> factories = new TreeMap<>();

  private Adapters(List<AdapterFactory> all) {
    all.forEach(factory -> factories.put(factory.name(), factory));
  }

  /// `replay` and `simulated`.
  public static Adapters builtIn() {
    return new Adapters(List.of(new SimulatedAdapter.Factory(), new ReplayAdapter.Factory()));
  }

  /// The built-in ones, `manual`, `site`, and every device profile of the jar and of the owner's
  /// directory.
  ///
  /// @param profiles the owner's directory, which need not exist
  /// @param time gives the instants at which devices were heard, and ends declarations
  public static Adapters withDevices(Path profiles, InstantSource time) {
    List<AdapterFactory> all = new ArrayList<>(builtIn().factories.values());
    all.add(new ManualAdapter.Factory(time));
    all.addAll(SiteFactory.all(ProfileShelf.with(profiles), time));
    return new Adapters(all);
  }

  /// These adapters and one more, which replaces one of the same name.
  public Adapters with(AdapterFactory factory) {
    List<AdapterFactory> all = new ArrayList<>(factories.values());
    all.add(factory);
    return new Adapters(all);
  }

  /// The names, sorted.
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(factories.navigableKeySet());
  }

  /// Builds the adapter that `settings` name.
  ///
  /// @param baseDirectory where relative file names start
  /// @throws SettingsException with one sentence per bad value in the adapter's section
  public EnergyAdapter create(EnergySettings settings, OwnDraw ownDraw, Path baseDirectory) {
    Duration poll = settings.sampling().poll();
    return create(
        settings.adapter(),
        settings.adapterSettings(),
        new AdapterContext(settings.place(), poll, ownDraw, baseDirectory));
  }

  /// Builds the adapter `name` from its own section of the configuration.
  ///
  /// @throws SettingsException when the name is unknown or the section is wrong
  public EnergyAdapter create(String name, Map<String, ?> section, AdapterContext context) {
    AdapterFactory factory = factories.get(name);
    if (factory == null) {
      throw new SettingsException(
          "Unknown energy adapter '%s': known are %s.".formatted(name, String.join(", ", names())));
    }
    SettingsReader reader = SettingsReader.of("energy." + name, section);
    return factory.create(reader, context);
  }

  /// How long the devices of an adapter are left alone between two readings; see
  /// [AdapterFactory#slowestPoll].
  Duration slowestPoll(String name, Map<String, ?> section) {
    AdapterFactory factory = factories.get(name);
    try {
      return factory == null
          ? Duration.ZERO
          : factory.slowestPoll(SettingsReader.of("energy." + name, section));
    } catch (SettingsException toldWhenItIsBuilt) {
      return Duration.ZERO;
    }
  }

  /// The meter of our own machine's power.
  public static PowerMeter ownPower(Machine machine) {
    return MachineMeter.of(machine);
  }

  /// The meter in a wall plug alone, for an engine whose machine may not be this one.
  public static PowerMeter ownPower(Machine.Wall wall) {
    return MachineMeter.ofPlug(wall);
  }
}
