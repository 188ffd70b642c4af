// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.List;
import org.peermind.protocol.ModelHash;
import org.slf4j.event.Level;

/// What happens to a model and to the engine's child process that holds it.
public sealed interface EngineEvent extends Event {
  /// Loading goes on; `percent` is 0 when it begins.
  record ModelLoading(ModelHash model, int percent) implements EngineEvent {
    public ModelLoading {
      if (percent < 0 || percent > 100) {
        throw new IllegalArgumentException("Progress is within 0 and 100 %");
      }
    }

    @Override
    public Level level() {
      return percent == 0 ? Level.INFO : Level.DEBUG;
    }

    @Override
    public String sentence() {
      return "loading model %s: %d %%".formatted(model.shortText(), percent);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("model", model), Field.of("percent", percent));
    }
  }

  /// The model can answer.
  record ModelLoaded(ModelHash model, Duration took, int slots, int contextTokens)
      implements EngineEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "model %s loaded in %s: %d slots of %d tokens"
          .formatted(model.shortText(), Texts.duration(took), slots, contextTokens);
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("model", model),
          Field.seconds("tookSeconds", took),
          Field.of("slots", slots),
          Field.of("contextTokens", contextTokens));
    }
  }

  /// The model could not be loaded.
  record ModelLoadFailed(ModelHash model, Reason reason) implements EngineEvent {
    @Override
    public Level level() {
      return Level.ERROR;
    }

    @Override
    public String sentence() {
      return "model %s was not loaded: %s".formatted(model.shortText(), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("model", model), Field.reason(reason));
    }
  }

  /// The child process is gone and its memory with it.
  record ModelUnloaded(ModelHash model, Duration took, Reason reason) implements EngineEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "model %s unloaded in %s: %s"
          .formatted(model.shortText(), Texts.duration(took), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("model", model), Field.seconds("tookSeconds", took), Field.reason(reason));
    }
  }

  /// A server of the owner's was asked to unload and is not known to have done it.
  record MemoryHeld(ModelHash model, Reason reason) implements EngineEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "model %s is not unloaded: %s".formatted(model.shortText(), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("model", model), Field.reason(reason));
    }
  }

  /// The child process ended by itself.
  ///
  /// @param exitCode 128 + n when signal n ended it
  /// @param restartIn how long the node waits before it starts the next one
  record EngineDied(ModelHash model, int exitCode, Duration restartIn) implements EngineEvent {
    @Override
    public Level level() {
      return Level.ERROR;
    }

    @Override
    public String sentence() {
      return "the engine of model %s died with exit code %d; next start in %s"
          .formatted(model.shortText(), exitCode, Texts.duration(restartIn));
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("model", model),
          Field.of("exitCode", exitCode),
          Field.seconds("restartInSeconds", restartIn));
    }
  }
}
