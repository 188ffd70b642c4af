// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.peermind.energy.spi.DeviceRole;

/// Which quantities of a device that knows the whole site are left when its owner uses it for one
/// part only.
final class SiteParts {
  private static final Map<DeviceRole, Set<ReadingField>> FIELDS =
      Map.of(
          DeviceRole.PV, EnumSet.of(ReadingField.PV_POWER_W),
          DeviceRole.GRID, EnumSet.of(ReadingField.GRID_POWER_W),
          DeviceRole.LOAD, EnumSet.of(ReadingField.LOAD_W),
          DeviceRole.BATTERY, EnumSet.of(ReadingField.BATTERY_POWER_W, ReadingField.BATTERY_SOC));

  private static final Set<ReadingField> POWERS =
      EnumSet.of(
          ReadingField.PV_POWER_W,
          ReadingField.GRID_POWER_W,
          ReadingField.LOAD_W,
          ReadingField.BATTERY_POWER_W,
          ReadingField.BATTERY_SOC);

  static final Set<DeviceRole> ROLES = FIELDS.keySet();

  private SiteParts() {}

  /// Whether `field` belongs to `role`; what is no power belongs to every role.
  static boolean keeps(DeviceRole role, ReadingField field) {
    Set<ReadingField> part = FIELDS.get(role);
    return part == null || part.contains(field) || !POWERS.contains(field);
  }
}
