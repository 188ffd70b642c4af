// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

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
}
