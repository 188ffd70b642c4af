// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.time.Duration;

/// Builds one kind of adapter from its section of the configuration. Adapters that need code and
/// adapters described by a profile file enter the same way.
public interface AdapterFactory {
  /// The name in the configuration, as in `adapter: simulated`.
  String name();

  /// Reads every setting it knows from `settings` and builds the adapter. Bad values are noted with
  /// [SettingsReader#problem] or thrown.
  ///
  /// @throws SettingsException naming the key that is wrong
  EnergyAdapter create(SettingsReader settings, AdapterContext context);

  /// How long it takes at most until each device has been asked again: a reading that is not older
  /// than twice that is no sign of a fault. Zero when the adapter is as fast as its caller. Bad
  /// settings are [#create]'s to refuse.
  default Duration slowestPoll(SettingsReader settings) {
    return Duration.ZERO;
  }
}
