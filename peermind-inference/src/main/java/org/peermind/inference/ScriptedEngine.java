// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Finished;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.internal.text.TextRelease;

/// An engine without a model, for simulations, demonstrations of failure and tests: the answer
/// comes from a function of the request, byte by byte as tokens, with the same text release, stop
/// strings and resumption as the native engine. It takes no time and is the same on every machine.
public final class ScriptedEngine implements Engine {
  private static final int END_TOKEN = 256;
  private static final int VOCABULARY = 257;

  private final Script script;

  /// What the engine does.
  ///
  /// @param answer the whole answer to a request
  /// @param loadFailure why every load fails, or empty when it succeeds
  /// @param dieAfterTokens how many tokens an answer gets before the model dies, or empty for never
  public record Script(
      Function<GenerationRequest, String> answer,
      Optional<String> loadFailure,
      OptionalLong dieAfterTokens) {
    /// Always gives `answer`.
    public static Script answering(String answer) {
      return new Script(_ -> answer, Optional.empty(), OptionalLong.empty());
    }

    /// Fails at every load for `reason`.
    public static Script failingToLoad(String reason) {
      return new Script(_ -> "", Optional.of(reason), OptionalLong.empty());
    }

    /// The same answers, but each model dies in the answer that would get token number `tokens`.
    public Script dyingAfter(long tokens) {
      return new Script(answer, loadFailure, OptionalLong.of(tokens));
    }
  }

  public ScriptedEngine(Script script) {
    this.script = script;
  }

  @Override
  public EngineInfo info() {
    return new EngineInfo("scripted", "1", "none", List.of(), List.of(), List.of());
  }

  @Override
  public LoadedModel load(ModelSpec spec, LoadProgress progress) throws EngineException {
    progress.at(LoadProgress.Step.CHECKING, 1);
    if (script.loadFailure().isPresent()) {
      throw new EngineException(script.loadFailure().get());
    }
    progress.at(LoadProgress.Step.LOADING, 1);
    return new ScriptedModel(spec.contextTokens());
  }

  private final class ScriptedModel implements LoadedModel {
    private final int contextTokens;
    private final List<ScriptedGeneration> generations = new ArrayList<>();
    private final List<Runnable> deathListeners = new ArrayList<>();
    private boolean alive = true;
    private boolean closed;

    ScriptedModel(int contextTokens) {
      this.contextTokens = contextTokens;
    }

    @Override
    public ModelInfo info() {
      return new ModelInfo("scripted", 0, 0, contextTokens, VOCABULARY);
    }

    @Override
    public EngineFeatures features() {
      return new EngineFeatures(true, true, false, false, false, false, false, false);
    }

    @Override
    public Embeddings embed(List<String> texts) throws EngineException {
      throw new EngineException("The scripted engine has no vectors.");
    }

    @Override
    public synchronized Generation generate(GenerationRequest request) throws EngineException {
      if (!alive) {
        throw new EngineException("The model is not loaded any more.");
      }
      ScriptedGeneration generation = new ScriptedGeneration(this, events(request));
      generations.removeIf(ScriptedGeneration::ended);
      generations.add(generation);
      return generation;
    }

    private Deque<GenerationEvent> events(GenerationRequest request) {
      int promptTokens =
          switch (request.prompt()) {
            case Prompt.Chat(List<ChatMessage> messages, List<ToolDefinition> _) ->
                messages.stream().mapToInt(message -> bytes(message.content()).length).sum();
            case Prompt.Text(String text) -> bytes(text).length;
          };
      Deque<GenerationEvent> events = new ArrayDeque<>();
      if (promptTokens >= contextTokens) {
        events.add(
            new Failed(
                FailureKind.CONTEXT_TOO_LONG,
                "The conversation has %d tokens, and this model's context holds %d."
                    .formatted(promptTokens, contextTokens)));
        return events;
      }
      events.add(new GenerationEvent.Prefilled(promptTokens, promptTokens));
      int limit = Math.min(request.maxTokens(), contextTokens - promptTokens);
      byte[] answer = bytes(script.answer().apply(request));
      TextRelease release = new TextRelease(request.stop(), false);
      int resumed = request.resumeTokens().size();
      for (int position = 0; position < limit; position++) {
        boolean silent = position < resumed;
        int token =
            silent
                ? request.resumeTokens().get(position)
                : position < answer.length ? answer[position] & 0xff : END_TOKEN;
        boolean end = token == END_TOKEN;
        String text = end ? release.finish() : release.push(new byte[] {(byte) token});
        boolean full = !end && position == limit - 1 && !release.stopped();
        if (!silent) {
          if (position == script.dieAfterTokens().orElse(-1)) {
            return events; // without a last event: the model dies when it is asked for
          }
          events.add(new Piece(List.of(token), full ? text + release.finish() : text, List.of()));
        }
        if (end || release.stopped() || full) {
          FinishReason reason = full ? FinishReason.LENGTH : FinishReason.STOP;
          events.add(new Finished(reason, promptTokens, end ? position : position + 1, 0));
          return events;
        }
      }
      return events;
    }

    @Override
    public void pace(OptionalDouble tokensPerSecondMax) {
      // A script takes no time, so it is below every pace that its reader keeps.
    }

    @Override
    public synchronized boolean alive() {
      return alive;
    }

    @Override
    public OptionalLong childPid() {
      return OptionalLong.empty();
    }

    @Override
    public void onDeath(Runnable listener) {
      synchronized (this) {
        if (alive || closed) {
          deathListeners.add(listener);
          return;
        }
      }
      listener.run();
    }

    private void die() {
      List<Runnable> listeners;
      synchronized (this) {
        if (!alive) {
          return;
        }
        alive = false;
        endAll(new Failed(FailureKind.CRASHED, "The scripted engine died."));
        listeners = List.copyOf(deathListeners);
      }
      listeners.forEach(Runnable::run);
    }

    @Override
    public synchronized void close() {
      alive = false;
      closed = true;
      endAll(new Failed(FailureKind.UNLOADED, "The model was unloaded."));
    }

    private void endAll(Failed failed) {
      generations.forEach(generation -> generation.end(failed));
      generations.clear();
    }
  }

  private static final class ScriptedGeneration implements Generation {
    private final ScriptedModel model;
    private final Deque<GenerationEvent> events;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<GenerationEvent> last = Optional.empty();

    ScriptedGeneration(ScriptedModel model, Deque<GenerationEvent> events) {
      this.model = model;
      this.events = events;
    }

    @Override
    public Optional<GenerationEvent> next(Duration timeout) {
      boolean dies;
      lock.lock();
      try {
        dies = last.isEmpty() && events.isEmpty();
        if (!dies && last.isEmpty()) {
          GenerationEvent event = events.removeFirst();
          if (event.isLast()) {
            last = Optional.of(event);
          }
          return Optional.of(event);
        }
      } finally {
        lock.unlock();
      }
      if (dies) {
        model.die();
      }
      return lastEvent();
    }

    private Optional<GenerationEvent> lastEvent() {
      lock.lock();
      try {
        return last;
      } finally {
        lock.unlock();
      }
    }

    boolean ended() {
      return lastEvent().isPresent();
    }

    void end(GenerationEvent event) {
      lock.lock();
      try {
        if (last.isEmpty()) {
          last = Optional.of(event);
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void cancel() {
      end(new Finished(FinishReason.CANCELLED, 0, 0, 0));
    }

    @Override
    public void close() {
      cancel();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
