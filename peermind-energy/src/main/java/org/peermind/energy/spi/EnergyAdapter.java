// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Reads a site's power (spec section 3). One thread calls it, once per [#pollInterval()].
///
/// A call may block; the caller sets a deadline, interrupts the thread when it passes, and drops an
/// answer that comes later. Adapters whose device pushes keep the newest sample and return it with
/// the time at which it was received. No adapter repeats an old value as a new one.
public interface EnergyAdapter extends AutoCloseable {
  /// The name under which the configuration selects it, as in `simulated`.
  String name();

  /// How often the caller should read.
  Duration pollInterval();

  /// The site at this moment.
  ///
  /// @throws EnergyAdapterException when there is no answer or it cannot be understood; the message
  ///   is one sentence for the owner
  EnergySample read(Instant now) throws EnergyAdapterException;

  /// How each device of the site stands at this moment. Never blocks; safe from any thread.
  default SiteStatus siteStatus(Instant now) {
    return SiteStatus.NONE;
  }

  /// The meter in the wall plug of our own machine, where the site has one.
  default Optional<Machine.Wall> wall() {
    return Optional.empty();
  }

  /// Releases connections; nothing is read afterwards.
  @Override
  void close();
}
