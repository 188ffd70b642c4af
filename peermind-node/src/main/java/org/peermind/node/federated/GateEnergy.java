// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.OptionalDouble;

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
