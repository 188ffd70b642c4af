// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.peermind.energy.spi.PowerMethod;

/// The energy counters of AMD server processors as the Linux driver `amd_energy` shows them: one
/// for each socket, in microjoules, already unwrapped to 64 bits.
final class AmdEnergyProbe implements PowerProbe {
  private final Path hwmon;

  AmdEnergyProbe(Path root) {
    this.hwmon = root.resolve("sys/class/hwmon");
  }

  @Override
  public PowerMethod method() {
    return PowerMethod.RAPL;
  }

  @Override
  public Answer ask(Instant now) {
    boolean isThere = false;
    double sum = 0;
    for (Path device : Sysfs.entries(hwmon, "hwmon*")) {
      if (!Sysfs.text(device.resolve("name")).equals("amd_energy")) {
        continue;
      }
      List<Path> labels = Sysfs.entries(device, "energy*_label");
      for (Path label : labels) {
        if (!Sysfs.text(label).startsWith("Esocket")) {
          continue;
        }
        isThere = true;
        String input = String.valueOf(label.getFileName()).replace("_label", "_input");
        OptionalLong microjoules = Sysfs.number(device.resolve(input));
        if (microjoules.isEmpty()) {
          return new Answer.Silent("the processor's energy counters cannot be read");
        }
        sum += microjoules.getAsLong() / 1e6;
      }
    }
    return isThere ? new Answer.Joules(sum) : new Answer.Absent();
  }
}
