// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyDecision;
import org.peermind.protocol.Watts;
import org.peermind.telemetry.EnergyEvent;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.Reason;

/// Turns changes of the energy path's decision into events; called from its one thread.
final class EnergyEvents {
  private final EventLog events;
  private @Nullable Instant lastChange;

  EnergyEvents(EventLog events) {
    this.events = events;
  }

  void decided(EnergyDecision decision) {
    Optional<EnergyDecision.Change> change = decision.change();
    if (change.isPresent() && !change.get().at().equals(lastChange)) {
      lastChange = change.get().at();
      events.record(
          new EnergyEvent.ActivationChanged(
              change.get().from(),
              change.get().to(),
              decision.headroom().map(known -> new Watts(known.mean())),
              Reason.of(change.get().reason().sentence())));
    }
  }
}
