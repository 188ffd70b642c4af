// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyDecision;
import org.peermind.inference.EngineState;
import org.peermind.node.role.EngineRoom;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Watts;
import org.peermind.telemetry.EnergyEvent;
import org.peermind.telemetry.EngineEvent;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;

/// Turns changes of the energy path's decision and of the engine into events; called from the
/// energy path's one thread, after every step.
final class EnergyEvents {
  private final EngineRoom engine;
  private final Word adapter;
  private final InstantSource clock;
  private final EventLog events;
  private @Nullable Instant lastChange;
  private EngineState lastState = new EngineState.Absent();
  private Instant stateSince;
  private boolean readable;
  private @Nullable Instant unreadableSince;

  EnergyEvents(EngineRoom engine, String adapter, InstantSource clock, EventLog events) {
    this.engine = engine;
    this.adapter = Word.near(adapter);
    this.clock = clock;
    this.events = events;
    this.stateSince = clock.instant();
  }

  void decided(EnergyDecision decision) {
    tellOutage(decision);
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
    EngineState state = engine.state();
    if (!state.getClass().equals(lastState.getClass())) {
      Instant now = clock.instant();
      engineChanged(state, Duration.between(stateSince, now), decision);
      lastState = state;
      stateSince = now;
    }
  }

  private void tellOutage(EnergyDecision decision) {
    boolean readableNow = decision.newestSample().isPresent();
    if (readable && !readableNow) {
      unreadableSince = clock.instant();
      events.record(
          new EnergyEvent.AdapterFailed(adapter, Reason.of(decision.reason().sentence())));
    } else if (readableNow && unreadableSince != null) {
      events.record(
          new EnergyEvent.AdapterRecovered(
              adapter, Duration.between(unreadableSince, clock.instant())));
      unreadableSince = null;
    }
    readable = readableNow;
  }

  private void engineChanged(EngineState state, Duration took, EnergyDecision decision) {
    ModelHash model = engine.servedModel().hash();
    switch (state) {
      case EngineState.Loading _ -> events.record(new EngineEvent.ModelLoading(model, 0));
      case EngineState.Ready(var info) -> {
        if (!(lastState instanceof EngineState.Draining)) {
          events.record(
              new EngineEvent.ModelLoaded(
                  model, took, engine.slots().total(), info.contextTokens()));
        }
      }
      case EngineState.Absent _ -> {
        if (lastState instanceof EngineState.Ready || lastState instanceof EngineState.Draining) {
          Optional<String> held = engine.heldMemory();
          events.record(
              held.isPresent()
                  ? new EngineEvent.MemoryHeld(model, Reason.of(held.get()))
                  : new EngineEvent.ModelUnloaded(
                      model, Duration.ZERO, Reason.of(decision.reason().sentence())));
        }
      }
      case EngineState.Broken(String reason, int _) ->
          events.record(new EngineEvent.ModelLoadFailed(model, Reason.of(reason)));
      case EngineState.Draining _ -> {}
    }
  }
}
