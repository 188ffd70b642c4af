// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Hysteresis.Thresholds;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.SettingsException;

/// The `energy` section of the configuration. Defaults are safe for one consumer GPU at a home.
///
/// @param adapter name of the adapter
/// @param adapterSettings the adapter's own section, as it was read
/// @param place where the site is, null when the owner did not say
/// @param battery null when there is none
public record EnergySettings(
    String adapter,
    Map<String, Object> adapterSettings,
    @Nullable Place place,
    Sampling sampling,
    EnginePower engine,
    Thresholds full,
    Thresholds reduced,
    Hysteresis.Delays delays,
    Graces graces,
    ImportLimits imports,
    Margin margin,
    SampleCheck.Limits limits,
    Payback payback,
    Curtailment.Rules probing,
    @Nullable BatterySettings battery) {

  /// How the site is sampled and averaged.
  ///
  /// @param coverageMin share of the window that must be covered, 0 to 1
  /// @param ageMax how long a value holds and how old the newest may be
  public record Sampling(Duration poll, Duration window, double coverageMin, Duration ageMax) {}

  /// What the engine is expected to draw. `reducedWatts` 0 means that it cannot run reduced.
  ///
  /// @param isMetered whether the meters of this machine are asked what it really draws
  public record EnginePower(double fullWatts, double reducedWatts, boolean isMetered) {
    /// With meters.
    public EnginePower(double fullWatts, double reducedWatts) {
      this(fullWatts, reducedWatts, true);
    }
  }

  /// Bounded waits.
  ///
  /// @param trip how long running answers may go on after a trip or while the grid feeds us
  /// @param drain how long they may go on after an ordinary decline
  /// @param loading how long a model may take to load
  public record Graces(Duration trip, Duration drain, Duration loading) {}

  /// Import above `tripWatts` for `tripAfter` unloads at once; a mean above `toleranceWatts` for
  /// the whole off delay unloads whatever the dwell.
  public record ImportLimits(double tripWatts, Duration tripAfter, double toleranceWatts) {}

  /// Subtracted from the surplus: the largest of the three.
  public record Margin(double minWatts, double productionShare, double deviations) {}

  /// @throws SettingsException with one sentence per bad value
  public EnergySettings {
    requireNonNull(adapter);
    adapterSettings = Collections.unmodifiableMap(new LinkedHashMap<>(adapterSettings));
    List<String> problems = new ArrayList<>();
    SettingsRules.check(
        problems, sampling, engine, full, reduced, delays, graces, imports, margin, limits);
    SettingsRules.check(problems, probing);
    if (battery != null) {
      SettingsRules.check(problems, battery);
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
  }

  /// Reads the `energy` section as YAML gives it, for the built-in adapters.
  ///
  /// @throws SettingsException with one sentence per bad or unknown key
  public static EnergySettings from(Map<String, ?> yaml) {
    return from(yaml, Adapters.builtIn());
  }

  /// Reads the `energy` section as YAML gives it.
  ///
  /// @throws SettingsException with one sentence per bad or unknown key
  public static EnergySettings from(Map<String, ?> yaml, Adapters adapters) {
    return new EnergySettingsReader(yaml, adapters).read();
  }

  public Optional<Place> knownPlace() {
    return Optional.ofNullable(place);
  }
}
