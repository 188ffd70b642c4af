// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.nio.file.Files;
import java.nio.file.Path;

/// Whether the machine has an NVIDIA GPU, whatever its software says.
record NvidiaHardware(Path root) {
  private static final String VENDOR_NVIDIA = "0x10de";

  boolean isThere() {
    return Files.exists(root.resolve("dev/nvidia0"))
        || Sysfs.entries(root.resolve("sys/class/drm"), "card*").stream()
            .anyMatch(
                card -> Sysfs.text(card.resolve("device").resolve("vendor")).equals(VENDOR_NVIDIA));
  }
}
