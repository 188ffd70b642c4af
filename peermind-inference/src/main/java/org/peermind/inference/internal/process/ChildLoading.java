// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Optional;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.MemoryNeed;
import org.peermind.inference.MemoryPlan;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.Natives;
import org.peermind.inference.internal.link.LinkMessage;

/// Starts a child process and has it check its library and load a model.
public final class ChildLoading {
  /// A child that starts or loads and says nothing for so long hangs.
  private static final Duration LOADING_SILENCE_MAX = Duration.ofMinutes(2);

  private ChildLoading() {}

  /// Starts a child, lets it check its library, and returns what it found; the child ends.
  ///
  /// @throws EngineException with the reason for which the engine refuses to work here
  public static EngineInfo probe(Natives natives) throws EngineException, InterruptedException {
    try (ChildProcess child = ChildProcess.start(natives)) {
      return awaitReady(child);
    }
  }

  /// Loads a model whose file was checked, if what it needs fits into the memory that the child
  /// finds free.
  ///
  /// @param family the model's, as its file says it
  /// @throws EngineException with the reason for which it does not fit, or the child refused or
  ///   died
  public static LoadedModel load(
      Natives natives, ModelSpec spec, String family, MemoryNeed need, LoadProgress progress)
      throws EngineException, InterruptedException {
    progress.at(LoadProgress.Step.STARTING, 0);
    ChildProcess child = ChildProcess.start(natives);
    boolean done = false;
    try {
      MemoryPlan plan = MemoryPlan.of(need, awaitReady(child).devices());
      if (plan.refusal().isPresent()) {
        throw EngineException.ofMemory(plan.refusal().get());
      }
      progress.at(LoadProgress.Step.STARTING, 1);
      child
          .link()
          .send(
              new LinkMessage.Load(
                  spec.file().toAbsolutePath().toString(),
                  spec.contextTokens(),
                  spec.slots(),
                  spec.threads(),
                  plan.gpuLayers(),
                  spec.fullPrecision(),
                  adapter(spec.adapter())));
      LinkMessage.Loaded loaded = awaitLoaded(child, progress);
      child.forgetErrors();
      ChildModel model = ChildModel.of(child, loaded, family);
      done = true;
      return model;
    } catch (ClosedByInterruptException _) {
      throw interrupted();
    } catch (IOException _) {
      throw EngineException.ofCrash(
          "The engine's child process ended while it loaded the model (%s)."
              .formatted(child.exitText()));
    } finally {
      if (!done) {
        child.close();
      }
    }
  }

  /// What the child is told of an adapter that was checked.
  static LinkMessage.Adapter adapter(Optional<AdapterFile> adapter) {
    return adapter
        .map(file -> new LinkMessage.Adapter(file.file().toAbsolutePath().toString(), file.scale()))
        .orElseGet(LinkMessage.Adapter::none);
  }

  private static EngineInfo awaitReady(ChildProcess child)
      throws EngineException, InterruptedException {
    try {
      return switch (child.receive(LOADING_SILENCE_MAX).orElse(null)) {
        case LinkMessage.Ready(EngineInfo info) -> info;
        case LinkMessage.Refused(String sentence) -> throw new EngineException(sentence);
        case null ->
            throw new EngineException(
                "The engine's child process ended while it checked its library (%s)."
                    .formatted(child.exitText()));
        case LinkMessage.ToChild _,
            LinkMessage.Hello _,
            LinkMessage.Loading _,
            LinkMessage.Loaded _,
            LinkMessage.Alive _,
            LinkMessage.Result _,
            LinkMessage.Event _ ->
            throw new EngineException("The engine's child process said something unexpected.");
      };
    } catch (ClosedByInterruptException _) {
      throw interrupted();
    } catch (IOException _) {
      throw new EngineException(
          "The engine's child process broke off while it checked its library (%s)."
              .formatted(child.exitText()));
    }
  }

  private static LinkMessage.Loaded awaitLoaded(ChildProcess child, LoadProgress progress)
      throws EngineException, IOException {
    while (true) {
      switch (child.receive(LOADING_SILENCE_MAX).orElse(null)) {
        case LinkMessage.Loading(double fraction) ->
            progress.at(LoadProgress.Step.LOADING, Math.clamp(fraction, 0, 1));
        case LinkMessage.Loaded loaded -> {
          return loaded;
        }
        case LinkMessage.Refused(String sentence) -> throw new EngineException(sentence);
        case null ->
            throw EngineException.ofCrash(
                "The engine's child process ended while it loaded the model (%s)."
                    .formatted(child.exitText()));
        case LinkMessage.ToChild _,
            LinkMessage.Hello _,
            LinkMessage.Ready _,
            LinkMessage.Alive _,
            LinkMessage.Result _,
            LinkMessage.Event _ ->
            throw new EngineException("The engine's child process said something unexpected.");
      }
    }
  }

  private static InterruptedException interrupted() {
    Thread.interrupted();
    return new InterruptedException("Loading was interrupted");
  }
}
