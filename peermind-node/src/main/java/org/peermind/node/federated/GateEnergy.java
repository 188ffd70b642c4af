// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.time.InstantSource;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.peermind.energy.spi.OwnPower;
import org.peermind.node.evaluation.EnergyTap;

/// Tells the mean power of this machine over a piece of work.
@FunctionalInterface
public interface GateEnergy {
  /// A window that was opened.
  interface Window extends AutoCloseable {
    /// What was measured since it was opened; empty when nothing was.
    OptionalDouble meanWatts();

    @Override
    void close();
  }

  /// Opens a window.
  Window open();

  /// By a meter; a piece of work shorter than the meter's rhythm stays unknown.
  ///
  /// @param newest the newest reading
  static GateEnergy of(Supplier<OwnPower> newest, InstantSource clock) {
    return () -> {
      EnergyTap tap = EnergyTap.open(newest, clock);
      return new Window() {
        @Override
        public OptionalDouble meanWatts() {
          return tap.meanWatts();
        }

        @Override
        public void close() {
          tap.close();
        }
      };
    };
  }

  /// For a machine without a meter.
  static GateEnergy unknown() {
    return () ->
        new Window() {
          @Override
          public OptionalDouble meanWatts() {
            return OptionalDouble.empty();
          }

          @Override
          public void close() {}
        };
  }
}
