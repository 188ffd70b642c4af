// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.time.Instant;

/// Measures the power of our own machine. Used by one thread at a time; a read may take seconds.
public interface PowerMeter extends AutoCloseable {
  /// The power since the read before. Never throws: whatever fails is unknown, with a remark.
  OwnPower read(Instant now);

  /// Gives back what the meter holds. Not while a read runs.
  @Override
  void close();
}
