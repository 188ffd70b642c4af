// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.EngineState;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;

/// The one or two models of an inferer. New answers begin on one of them; while it is exchanged,
/// the next one is loaded beside it and takes over once it is ready, and the former one goes on
/// until its answers have ended. Where the memory is too small for both, the former one has to end
/// first. A model that cannot be loaded leaves the former one where it was. Safe for several
/// threads.
public final class ModelBays {
  /// How long the answers of a model go on that has to make room for another one.
  private static final Duration ALONE_AFTER = Duration.ofSeconds(60);

  /// Before a model that could not be served is tried again.
  private static final Duration REFUSED_FOR = Duration.ofMinutes(10);

  private final Maker maker;
  private final InstantSource clock;
  private final List<Bay> leaving = new ArrayList<>();
  private Bay serving;
  private @Nullable Incoming incoming;
  private Optional<String> lastFailure = Optional.empty();
  private @Nullable Refused refused;
  private boolean unreported;

  /// Whether answers on a model were agreed on that have not begun yet.
  private volatile Predicate<ModelHash> promised = _ -> false;

  /// Makes what loads a model.
  @FunctionalInterface
  public interface Maker {
    /// @throws IllegalStateException with one sentence when this node cannot change its model
    EngineLifecycle of(ServedFiles files, ServedModel model);
  }

  /// A model and what loads it.
  record Bay(EngineLifecycle lifecycle, ServedModel model) {
    private boolean isReady() {
      return lifecycle.state() instanceof EngineState.Ready;
    }
  }

  /// @param alone when the former model's answers are over at the latest, where both do not fit
  private record Incoming(Bay bay, Optional<Instant> alone) {}

  private record Refused(ModelHash model, Instant until) {}

  ModelBays(Bay first, Maker maker, InstantSource clock) {
    this.serving = first;
    this.maker = maker;
    this.clock = clock;
  }

  /// The model that new answers begin on, or would with power.
  synchronized Bay serving() {
    return serving;
  }

  /// The bay of a model whose answers were agreed on; empty once it is gone.
  synchronized Optional<Bay> bayOf(ModelHash model) {
    return Stream.concat(Stream.of(serving), leaving.stream())
        .filter(bay -> bay.model().hash().equals(model))
        .findFirst();
  }

  /// What a model that is leaving is kept for besides the answers that run on it. Asked without any
  /// lock of this class.
  void keepWhile(Predicate<ModelHash> answersArePromised) {
    promised = answersArePromised;
  }

  /// The bay whose state is that of the node: the serving one, or the next one where the former one
  /// had to end first.
  synchronized Bay present() {
    Incoming coming = incoming;
    return coming != null && coming.alone().isPresent() && isAlone() ? coming.bay() : serving;
  }

  /// Whether the model in use only ends its answers, to make room for the next one.
  synchronized boolean isMakingRoom() {
    return incoming != null && incoming.alone().isPresent();
  }

  synchronized Optional<String> lastFailure() {
    return lastFailure;
  }

  /// Whether another model took over since this was asked last.
  synchronized boolean takeChange() {
    boolean was = unreported;
    unreported = false;
    return was;
  }

  /// Serves another model from the next step of the energy path on.
  synchronized void serve(ServedFiles files, ServedModel model) {
    Incoming coming = incoming;
    if (coming != null && coming.bay().model().equals(model)) {
      return;
    }
    dropIncoming();
    Refused known = refused;
    boolean isRefused =
        known != null
            && known.model().equals(model.hash())
            && clock.instant().isBefore(known.until());
    if (serving.model().hash().equals(model.hash()) || isRefused) {
      return;
    }
    Optional<Bay> former =
        leaving.stream().filter(bay -> bay.model().hash().equals(model.hash())).findFirst();
    if (former.isPresent()) {
      // Back to the model that is still ending its answers: nothing has to be loaded.
      leaving.remove(former.get());
      if (former.get().isReady()) {
        takeOver(former.get());
      } else {
        incoming = new Incoming(former.get(), Optional.empty());
      }
      return;
    }
    try {
      incoming = new Incoming(new Bay(maker.of(files, model), model), Optional.empty());
    } catch (IllegalStateException refusal) {
      fail(model.hash(), String.valueOf(refusal.getMessage()));
    }
  }

  private void fail(ModelHash model, String sentence) {
    lastFailure = Optional.of(sentence);
    refused = new Refused(model, clock.instant().plus(REFUSED_FOR));
  }

  private void dropIncoming() {
    Incoming coming = incoming;
    incoming = null;
    if (coming != null) {
      coming.bay().lifecycle().apply(Activation.OFF);
      leaving.add(coming.bay());
    }
  }

  private void takeOver(Bay next) {
    leaving.add(serving);
    serving = next;
    incoming = null;
    lastFailure = Optional.empty();
    unreported = true;
  }

  /// Has all models do what the energy path decided.
  void apply(Activation activation) {
    // Outside the lock: who made the promises asks for models while it holds its own.
    Set<ModelHash> kept =
        all().map(bay -> bay.model().hash()).filter(promised).collect(Collectors.toSet());
    apply(activation, kept);
  }

  private synchronized void apply(Activation activation, Set<ModelHash> kept) {
    boolean isOn = activation == Activation.FULL || activation == Activation.REDUCED;
    Incoming coming = incoming;
    if (coming == null || coming.alone().isEmpty()) {
      serving.lifecycle().apply(activation);
    }
    // Their answers go on as long as there is power for them.
    leaving.forEach(bay -> bay.lifecycle().apply(isUsed(bay, kept) ? activation : Activation.OFF));
    leaving.removeIf(bay -> bay.lifecycle().state() instanceof EngineState.Absent);
    if (coming != null && isOn) {
      exchange(coming, activation, kept);
    } else if (coming != null) {
      coming.bay().lifecycle().apply(activation);
      if (coming.alone().isPresent()) {
        serving.lifecycle().apply(activation);
      }
    }
  }

  /// Whether answers run on a model, or may still begin. A model that is gone is not loaded again
  /// for them.
  private static boolean isUsed(Bay bay, Set<ModelHash> kept) {
    return bay.lifecycle().running() > 0 || (bay.isReady() && kept.contains(bay.model().hash()));
  }

  private void exchange(Incoming coming, Activation activation, Set<ModelHash> kept) {
    Bay next = coming.bay();
    boolean mayLoad = coming.alone().isEmpty() || isAlone();
    next.lifecycle().apply(mayLoad ? activation : Activation.OFF);
    if (coming.alone().isPresent()) {
      serving
          .lifecycle()
          .apply(
              isUsed(serving, kept) && clock.instant().isBefore(coming.alone().get())
                  ? activation
                  : Activation.OFF);
    }
    if (next.isReady()) {
      takeOver(next);
    } else if (next.lifecycle().state() instanceof EngineState.Broken(String reason, int _)) {
      if (next.lifecycle().lacksMemory() && coming.alone().isEmpty()) {
        next.lifecycle().apply(Activation.OFF);
        incoming = new Incoming(next, Optional.of(clock.instant().plus(ALONE_AFTER)));
      } else {
        fail(next.model().hash(), next.model().name() + " cannot be served here: " + reason);
        dropIncoming();
      }
    }
  }

  /// Whether the former model is gone from the memory.
  private boolean isAlone() {
    return serving.lifecycle().state() instanceof EngineState.Absent
        || serving.lifecycle().state() instanceof EngineState.Broken;
  }

  /// The models that are loaded or about to be.
  synchronized Stream<Bay> all() {
    Incoming coming = incoming;
    List<Bay> all = new ArrayList<>(leaving);
    all.add(serving);
    if (coming != null) {
      all.add(coming.bay());
    }
    return all.stream();
  }

  void close() {
    all().forEach(bay -> bay.lifecycle().close());
  }
}
