// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.EngineStatus;
import org.peermind.inference.Admission;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.EngineState;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationRequest;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ServedModel;

/// The node's engine between its masters: the energy path says whether it may run, the owner and
/// the network's tickets use it.
public final class EngineRoom implements EngineAccess, AutoCloseable {
  /// So many deaths in a row are taken as the start of another try; more mean that it is broken.
  private static final int FAILURES_HEALED = 3;

  private final EngineLifecycle lifecycle;
  private final ServedModel model;
  private final Slots slots;
  private final EnergySettings.EnginePower power;
  private final GreenReceipts receipts;
  private final AtomicReference<Activation> activation = new AtomicReference<>(Activation.OFF);
  private final Object applying = new Object();
  private boolean closed;

  public EngineRoom(
      EngineLifecycle lifecycle,
      ServedModel model,
      Slots slots,
      EnergySettings.EnginePower power,
      GreenReceipts receipts) {
    this.lifecycle = lifecycle;
    this.model = model;
    this.slots = slots;
    this.power = power;
    this.receipts = receipts;
  }

  public ServedModel servedModel() {
    return model;
  }

  public Slots slots() {
    return slots;
  }

  /// Has the engine do what the energy path decided; called at every step of it. Nothing starts the
  /// engine again once it is closed.
  void apply(Activation newActivation) {
    synchronized (applying) {
      Activation allowed = closed ? Activation.OFF : newActivation;
      activation.set(allowed);
      lifecycle.apply(allowed);
    }
  }

  /// Whether new answers may begin now.
  public boolean canWork() {
    Activation now = activation.get();
    return (now == Activation.FULL || now == Activation.REDUCED)
        && lifecycle.state() instanceof EngineState.Ready;
  }

  /// Whether what runs should go on elsewhere, because power is ending.
  boolean isDraining() {
    return activation.get() == Activation.DRAINING;
  }

  /// What the energy path is told about the engine.
  EngineStatus status() {
    return switch (lifecycle.state()) {
      case EngineState.Absent _ -> EngineStatus.ABSENT;
      case EngineState.Loading _ -> EngineStatus.LOADING;
      case EngineState.Ready _, EngineState.Draining _ -> EngineStatus.READY;
      case EngineState.Broken(String _, int failures) ->
          failures <= FAILURES_HEALED ? EngineStatus.LOADING : EngineStatus.BROKEN;
    };
  }

  /// What the engine draws, as its owner declared it: simulated and replayed sites add it to their
  /// load, and the headroom adds it back.
  public double ownDrawWatts() {
    boolean there =
        switch (lifecycle.state()) {
          case EngineState.Ready _, EngineState.Draining _ -> true;
          case EngineState.Absent _, EngineState.Loading _, EngineState.Broken _ -> false;
        };
    if (!there) {
      return 0;
    }
    return activation.get() == Activation.REDUCED ? power.reducedWatts() : power.fullWatts();
  }

  @Override
  public Generation generate(GenerationRequest request) throws EngineException {
    return switch (lifecycle.generate(request)) {
      case Admission.Accepted(Generation generation) -> generation;
      case Admission.Refused(String reason) -> throw new EngineException(reason);
    };
  }

  @Override
  public Embeddings embed(List<String> texts) throws EngineException, InterruptedException {
    if (lifecycle.features().map(features -> !features.embeddings()).orElse(false)) {
      throw new IllegalArgumentException("The engine of this model makes no vectors.");
    }
    return lifecycle.embed(texts);
  }

  @Override
  public GreenReceipts.Open receipt(Id16 session) {
    return receipts.begin(session, model.hash());
  }

  /// Takes in what the energy path decided, for the receipts.
  public void decided(EnergyDecision decision) {
    receipts.decided(decision, ownDrawWatts());
  }

  /// Where the engine stands.
  public EngineState state() {
    return lifecycle.state();
  }

  public OptionalLong childPid() {
    return lifecycle.childPid();
  }

  /// Why memory of the unloaded model is not known to be free, if it is not.
  public Optional<String> heldMemory() {
    return lifecycle.heldMemory();
  }

  /// The engine's state in words.
  public String describe() {
    return switch (lifecycle.state()) {
      case EngineState.Absent _ -> lifecycle.heldMemory().orElse("unloaded");
      case EngineState.Loading(var step, double fraction) ->
          "loading (%s %.0f %%)"
              .formatted(step.name().toLowerCase(java.util.Locale.ROOT), 100 * fraction);
      case EngineState.Ready _ -> "ready";
      case EngineState.Draining(int answers) ->
          answers == 0 ? "unloading" : "draining, " + answers + " answers running";
      case EngineState.Broken(String reason, int _) -> "broken: " + reason;
    };
  }

  @Override
  public void close() {
    synchronized (applying) {
      closed = true;
      activation.set(Activation.OFF);
      lifecycle.close();
    }
  }
}
