// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.external.ExternalModel;
import org.peermind.inference.internal.external.Release;
import org.peermind.inference.internal.external.Residency;
import org.peermind.inference.internal.external.ServerException;

/// Models at a server that the owner already runs: Ollama, llama-server, vLLM, LM Studio or another
/// one with the OpenAI chat API (design section 12, ADR 0015).
///
/// Unloading asks the server for the memory and then looks whether it is free; where that cannot be
/// had, [#heldMemory] says so. While no model is loaded nothing is sent that could load one.
public final class ExternalEngine implements Engine, AutoCloseable {
  private static final Duration LOAD_MAX = Duration.ofMinutes(10);
  private static final Duration LOOK_AGAIN_EVERY = Duration.ofSeconds(10);
  private static final int LOOKS_AGAIN_MAX = 360;

  private final ExternalServer server;
  private final ExternalModel.Patience patience;
  private final Residency residency;
  private @Nullable Thread lookout;

  private ExternalEngine(ExternalServer server, ExternalModel.Patience patience) {
    this.server = server;
    this.patience = patience;
    this.residency = new Residency(server, LOAD_MAX);
  }

  /// Sends nothing yet.
  public static ExternalEngine of(ExternalServer server) {
    return new ExternalEngine(server, ExternalModel.Patience.standard());
  }

  /// The same with other bounds.
  ///
  /// @param firstMax how long the server may take to begin an answer
  /// @param stallMax how long it may be silent in the middle of one
  public static ExternalEngine of(ExternalServer server, Duration firstMax, Duration stallMax) {
    return new ExternalEngine(server, new ExternalModel.Patience(firstMax, stallMax));
  }

  /// Asks the server what it is; loads nothing.
  @Override
  public EngineInfo info() throws EngineException {
    try {
      return new EngineInfo(
          residency.serverName(), "external", "http", List.of(), List.of(), List.of());
    } catch (ServerException failed) {
      throw new EngineException(String.valueOf(failed.getMessage()), failed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("The question to the server was interrupted.", e);
    }
  }

  /// The models that the server offers; loads nothing.
  public List<String> models() throws EngineException, InterruptedException {
    try {
      return residency.models();
    } catch (ServerException failed) {
      throw new EngineException(String.valueOf(failed.getMessage()), failed);
    }
  }

  /// Has the server load the model. Of `spec` the context and the slots count; file, hash and
  /// threads are the server's own affair.
  @Override
  public LoadedModel load(ModelSpec spec, LoadProgress progress)
      throws EngineException, InterruptedException {
    stopLookout();
    progress.at(LoadProgress.Step.STARTING, 0);
    try {
      progress.at(LoadProgress.Step.LOADING, 0);
      Residency.Loaded loaded = residency.load();
      requireContext(spec, loaded.contextTokens());
      progress.at(LoadProgress.Step.LOADING, 1);
      ModelInfo info =
          new ModelInfo(
              server.model() + " at " + loaded.serverName(), 0, 0, spec.contextTokens(), 0);
      ExternalModel model =
          new ExternalModel(
              residency, info, loaded.features(), spec.slots(), patience, this::startLookout);
      model.watch();
      return model;
    } catch (ServerException failed) {
      throw new EngineException(String.valueOf(failed.getMessage()), failed);
    }
  }

  /// An owner who promises a longer context than the server gives is told so before others rely on
  /// it.
  private void requireContext(ModelSpec spec, OptionalInt told)
      throws EngineException, InterruptedException {
    int wanted = spec.contextTokens() / spec.slots();
    if (told.isPresent() && told.getAsInt() < wanted) {
      residency.release();
      throw new EngineException(
          ("The server gives %s a context of %d tokens, less than the %d of model.context-tokens;"
                  + " lower that, or raise the server's.")
              .formatted(server.model(), told.getAsInt(), wanted));
    }
  }

  @Override
  public Optional<String> heldMemory() {
    return residency.lastRelease() instanceof Release.Held(String sentence)
        ? Optional.of(sentence)
        : Optional.empty();
  }

  /// A server that keeps the model for a while is looked at until it lets go.
  private synchronized void startLookout() {
    if (residency.lastRelease() instanceof Release.Held && lookout == null) {
      lookout = Thread.ofVirtual().name("external-engine-memory").start(this::lookAgain);
    }
  }

  private void lookAgain() {
    try {
      for (int look = 0; look < LOOKS_AGAIN_MAX; look++) {
        Thread.sleep(LOOK_AGAIN_EVERY);
        if (!residency.isStillHeld()) {
          return;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void stopLookout() {
    if (lookout != null) {
      lookout.interrupt();
      lookout = null;
    }
  }

  /// Ends every connection; a loaded model is to be closed before.
  @Override
  public void close() {
    stopLookout();
    residency.close();
  }
}
