// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The quantities that a profile can give, by the names that it uses for them.
public enum ReadingField {
  PV_POWER_W,
  LOAD_W,
  GRID_POWER_W,
  BATTERY_POWER_W,
  BATTERY_SOC,
  BATTERY_CAPACITY_WH,
  BATTERY_RESERVE_PERCENT,
  NAMEPLATE_W,
  /// True while the inverter holds production back.
  THROTTLED,
  /// A word of [org.peermind.energy.spi.SourceKind].
  SOURCE,
  /// True in backup operation, false on the grid.
  ISLANDED,
  /// ISO 8601 with a zone, or seconds since 1970.
  DEVICE_TIMESTAMP,
  /// ISO 8601 without a zone.
  DEVICE_LOCAL_TIME;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<ReadingField> of(String word) {
    return Arrays.stream(values()).filter(field -> field.word().equals(word)).findFirst();
  }

  static List<String> words() {
    return Arrays.stream(values()).map(ReadingField::word).toList();
  }
}
