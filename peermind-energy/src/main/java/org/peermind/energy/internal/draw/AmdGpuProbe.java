// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;
import org.peermind.energy.spi.PowerMethod;

/// AMD GPUs by what their Linux driver says, in microwatts. A graphics part inside a processor says
/// the power of the whole chip (label `slowPPT`), which the processor's own counter already has.
final class AmdGpuProbe implements PowerProbe {
  private static final String VENDOR_AMD = "0x1002";

  private final Path drm;

  AmdGpuProbe(Path root) {
    this.drm = root.resolve("sys/class/drm");
  }

  @Override
  public PowerMethod method() {
    return PowerMethod.AMD_SYSFS;
  }

  @Override
  public Answer ask(Instant now) {
    boolean isThere = false;
    double watts = 0;
    for (Path card : Sysfs.entries(drm, "card*")) {
      Path device = card.resolve("device");
      if (!String.valueOf(card.getFileName()).matches("card\\d+")
          || !Sysfs.text(device.resolve("vendor")).equals(VENDOR_AMD)) {
        continue;
      }
      for (Path sensor : Sysfs.entries(device.resolve("hwmon"), "hwmon*")) {
        if (Sysfs.text(sensor.resolve("power1_label")).equals("slowPPT")) {
          continue;
        }
        isThere = true;
        OptionalLong microwatts = Sysfs.number(sensor.resolve("power1_average"));
        if (microwatts.isEmpty()) {
          microwatts = Sysfs.number(sensor.resolve("power1_input"));
        }
        if (microwatts.isEmpty()) {
          return new Answer.Silent("the AMD GPU does not say its power");
        }
        watts += microwatts.getAsLong() / 1e6;
      }
    }
    return isThere ? new Answer.Power(watts) : new Answer.Absent();
  }
}
