// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.time.Instant;
import org.peermind.energy.spi.PowerMethod;

/// One way to ask one part of the machine.
interface PowerProbe extends AutoCloseable {
  PowerMethod method();

  /// What the part says now. Never throws.
  Answer ask(Instant now);

  @Override
  default void close() {}

  /// What a part said.
  sealed interface Answer {
    /// A counter that only grows, from an arbitrary beginning.
    record Joules(double sum) implements Answer {}

    /// The power of about now.
    record Power(double watts) implements Answer {}

    /// The part is not in this machine.
    record Absent() implements Answer {}

    /// The part is here and does not tell; `why` is one clause for the owner.
    record Silent(String why) implements Answer {}
  }
}
