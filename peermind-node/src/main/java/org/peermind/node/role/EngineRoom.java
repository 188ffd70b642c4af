// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.EngineStatus;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMeter;
import org.peermind.inference.Admission;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.EngineState;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationRequest;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;

/// The node's engine between its masters: the energy path says whether it may run, the owner and
/// the network's tickets use it.
public final class EngineRoom implements ModelSwitch, AutoCloseable {
  /// So many deaths in a row are taken as the start of another try; more mean that it is broken.
  private static final int FAILURES_HEALED = 3;

  private final ModelBays bays;
  private final Slots slots;
  private final EnergySettings.EnginePower power;
  private final GreenReceipts receipts;
  private final PowerWatch watch;
  private final ModelHealthMeter health;
  private final AtomicReference<Activation> activation = new AtomicReference<>(Activation.OFF);
  private final Object applying = new Object();
  private boolean closed;

  /// @param first what loads the model that the node begins with
  /// @param maker of what loads another one later
  public EngineRoom(
      EngineLifecycle first,
      ServedModel model,
      ModelBays.Maker maker,
      Slots slots,
      EnergySettings.EnginePower power,
      GreenReceipts receipts,
      PowerWatch watch,
      InstantSource clock) {
    health = new ModelHealthMeter(clock, watch::perToken);
    bays =
        new ModelBays(
            new ModelBays.Bay(watched(first, model), model),
            (files, next) -> watched(maker.of(files, next), next),
            clock);
    this.slots = slots;
    this.power = power;
    this.receipts = receipts;
    this.watch = watch;
  }

  private EngineLifecycle watched(EngineLifecycle lifecycle, ServedModel model) {
    lifecycle.onCrash(() -> health.crashed(model.hash()));
    return lifecycle;
  }

  /// How each model does here.
  public ModelHealthMeter health() {
    return health;
  }

  /// Has a model that is leaving stay while answers on it are promised, which are not yet begun.
  void keepWhile(Predicate<ModelHash> answersArePromised) {
    bays.keepWhile(answersArePromised);
  }

  /// The model that new answers begin on, or would with power.
  public ServedModel servedModel() {
    return bays.serving().model();
  }

  @Override
  public ServedModel serving() {
    return servedModel();
  }

  @Override
  public void serve(ServedFiles files, ServedModel model) {
    bays.serve(files, model);
  }

  @Override
  public Optional<String> lastFailure() {
    return bays.lastFailure();
  }

  /// Whether another model took over since this was asked last.
  boolean takeChange() {
    return bays.takeChange();
  }

  /// What runs the answers that were agreed on for a model, which may be leaving; empty once it has
  /// left.
  Optional<EngineAccess> access(ModelHash model) {
    return bays.bayOf(model).map(Access::new);
  }

  /// Begins an answer that nobody asked for but this node itself, to see how its model does.
  public Generation tryOut(GenerationRequest request) throws EngineException {
    return access().generate(request);
  }

  /// What runs new answers.
  EngineAccess access() {
    return new Access(bays.serving());
  }

  private EngineLifecycle lifecycle() {
    return bays.present().lifecycle();
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
      bays.apply(allowed);
    }
  }

  /// Whether new answers may begin now.
  public boolean canWork() {
    Activation now = activation.get();
    return (now == Activation.FULL || now == Activation.REDUCED)
        && !bays.isMakingRoom()
        && bays.serving().lifecycle().state() instanceof EngineState.Ready;
  }

  /// Whether what runs should go on elsewhere, because power is ending.
  boolean isDraining() {
    return activation.get() == Activation.DRAINING;
  }

  /// What the energy path is told about the engine: a model that is only leaving draws power too.
  EngineStatus status() {
    EngineStatus present = status(lifecycle().state());
    return present == EngineStatus.ABSENT && isAnyLoaded() ? EngineStatus.READY : present;
  }

  private static EngineStatus status(EngineState state) {
    return switch (state) {
      case EngineState.Absent _ -> EngineStatus.ABSENT;
      case EngineState.Loading _ -> EngineStatus.LOADING;
      case EngineState.Ready _, EngineState.Draining _ -> EngineStatus.READY;
      case EngineState.Broken(String _, int failures) ->
          failures <= FAILURES_HEALED ? EngineStatus.LOADING : EngineStatus.BROKEN;
    };
  }

  private boolean isAnyLoaded() {
    return bays.all().anyMatch(bay -> status(bay.lifecycle().state()) == EngineStatus.READY);
  }

  /// Begins to measure the engine's draw.
  public void measure(PowerMeter meter) {
    watch.start(meter, this::status);
  }

  /// What the engine draws, for the headroom, which adds it back, and for simulated and replayed
  /// sites, which add it to their load: by the meter, but never more than its owner declared, so
  /// that other work of the machine does not pass for the engine's; without a meter as declared.
  public double ownDrawWatts() {
    OptionalDouble measured = measuredWatts();
    return measured.isPresent()
        ? Math.min(measured.getAsDouble(), power.fullWatts())
        : declaredWatts();
  }

  /// What the engine draws by a meter; empty when there is none. An engine that is not there draws
  /// nothing.
  OptionalDouble measuredWatts() {
    OptionalDouble measured = watch.engineWatts();
    return measured.isPresent() && status() == EngineStatus.ABSENT
        ? OptionalDouble.of(0)
        : measured;
  }

  private double declaredWatts() {
    if (!isAnyLoaded()) {
      return 0;
    }
    return activation.get() == Activation.REDUCED ? power.reducedWatts() : power.fullWatts();
  }

  /// What the engine draws by the meter, else as declared.
  public double drawWatts() {
    return measuredWatts().orElseGet(this::declaredWatts);
  }

  /// The machine's power by its meters, else the engine's by its owner's word.
  public OwnPower knownPower() {
    return watch
        .newest()
        .orEstimated(
            receipts.isDrawDeclared()
                ? OptionalDouble.of(declaredWatts())
                : OptionalDouble.empty());
  }

  /// The machine's power and what a token costs.
  public PowerWatch watch() {
    return watch;
  }

  /// Takes in what the energy path decided, for the receipts.
  public void decided(EnergyDecision decision) {
    receipts.decided(decision, declaredWatts(), measuredWatts());
  }

  /// Where the engine stands.
  public EngineState state() {
    return lifecycle().state();
  }

  public OptionalLong childPid() {
    return lifecycle().childPid();
  }

  /// Why memory of the unloaded model is not known to be free, if it is not.
  public Optional<String> heldMemory() {
    return lifecycle().heldMemory();
  }

  /// The engine's state in words.
  public String describe() {
    return switch (lifecycle().state()) {
      case EngineState.Absent _ -> lifecycle().heldMemory().orElse("unloaded");
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
      bays.close();
    }
    watch.close();
  }

  /// The engine of one model.
  private final class Access implements EngineAccess {
    private final ModelBays.Bay bay;

    Access(ModelBays.Bay bay) {
      this.bay = bay;
    }

    @Override
    public ServedModel model() {
      return bay.model();
    }

    @Override
    public Generation generate(GenerationRequest request) throws EngineException {
      return switch (bay.lifecycle().generate(request)) {
        case Admission.Accepted(Generation generation) ->
            health.counted(bay.model().hash(), watch.counted(generation));
        case Admission.Refused(String reason) -> throw new EngineException(reason);
      };
    }

    @Override
    public Embeddings embed(List<String> texts) throws EngineException, InterruptedException {
      if (bay.lifecycle().features().map(features -> !features.embeddings()).orElse(false)) {
        throw new IllegalArgumentException("The engine of this model makes no vectors.");
      }
      int tokens = 0;
      watch.begin();
      try {
        Embeddings made = bay.lifecycle().embed(texts);
        tokens = made.tokens();
        return made;
      } finally {
        watch.end(tokens);
      }
    }

    @Override
    public GreenReceipts.Open receipt(Id16 session) {
      return receipts.begin(session, bay.model().hash());
    }
  }
}
