// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.peermind.energy.spi.SettingsReader;

/// One way to reach devices: HTTP, Modbus TCP, MQTT, a file.
public interface Transport {
  /// Its name in profiles, such as `http`.
  String name();

  /// Notes what is wrong with a request of a profile, so that the profile is refused when it is
  /// read and not at night on a roof.
  void check(SettingsReader request);

  /// A link to one device. Nothing is sent before the first question.
  ///
  /// @param connection the owner's settings over the profile's defaults; bad values are noted there
  DeviceLink open(SettingsReader connection, Surroundings surroundings);

  /// What a link needs from outside.
  ///
  /// @param time gives the instants of receipt
  /// @param patience longest time for one answer
  /// @param home the node's directory, in which pinned certificates are kept; relative file names
  ///   start there
  record Surroundings(InstantSource time, Duration patience, Path home) {}
}
