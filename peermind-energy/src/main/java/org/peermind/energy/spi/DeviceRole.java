// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.util.Locale;
import java.util.Optional;

/// What a device stands for at its site, as its owner configured it. A bare meter has no role of
/// its own: the same socket meter may watch the panels, the grid or our machine.
public enum DeviceRole {
  /// One device that knows the whole site.
  SITE,
  GRID,
  PV,
  BATTERY,
  LOAD,
  UPS,
  /// The wall plug of the machine that runs the model.
  ENGINE;

  /// The word in configuration and on the command line.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<DeviceRole> of(String word) {
    for (DeviceRole role : values()) {
      if (role.word().equals(word)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
