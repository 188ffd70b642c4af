// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

/// What an inferer's engine is allowed to do, decided by its energy path (design section 5).
public enum Activation {
  /// No model in memory; the engine's child process does not exist.
  OFF,
  /// Power is there and the model is being loaded.
  WARMING,
  /// The model answers at full speed.
  FULL,
  /// The model answers within a lower power cap, usually from a battery.
  REDUCED,
  /// No new answers; running ones end or move, then the model is unloaded.
  DRAINING
}
