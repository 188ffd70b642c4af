// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.util.Locale;

/// How the power of our own machine is known, the best first.
public enum PowerMethod {
  /// By a meter in the wall plug of the machine: what is really paid for, losses of the power
  /// supply included.
  WALL,
  /// By NVIDIA's management library.
  NVML,
  /// By NVIDIA's command line tool.
  NVIDIA_SMI,
  /// By what the Linux driver of an AMD GPU says.
  AMD_SYSFS,
  /// By the energy counters of the processor.
  RAPL,
  /// By what the owner says that the engine draws.
  ESTIMATED,
  /// Not at all.
  UNKNOWN;

  /// The word in status and documentation.
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Whether a meter stands behind it.
  public boolean measured() {
    return switch (this) {
      case WALL, NVML, NVIDIA_SMI, AMD_SYSFS, RAPL -> true;
      case ESTIMATED, UNKNOWN -> false;
    };
  }
}
