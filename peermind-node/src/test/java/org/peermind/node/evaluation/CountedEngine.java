// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Embeddings;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelInfo;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.Prompt;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.ScriptedEngine;
import org.peermind.inference.SequenceScore;

/// A scripted engine that counts which models it loaded, how many at once, and what they were
/// asked.
final class CountedEngine implements Engine {
  private final ScriptedEngine.Script script;
  private final int atOnceMax;
  private final AtomicInteger there = new AtomicInteger();
  private final AtomicInteger mostThere = new AtomicInteger();
  final List<ModelSpec> loads = new CopyOnWriteArrayList<>();

  /// @param atOnceMax it has memory for no more models
  CountedEngine(ScriptedEngine.Script script, int atOnceMax) {
    this.script = script;
    this.atOnceMax = atOnceMax;
  }

  /// Knows all general tasks, and tells of the sun whatever else it is asked.
  static ScriptedEngine.Script wise() {
    return answering(
        question ->
            question.startsWith("Please") ? "The sun shines." : SolvedTask.answer(question));
  }

  static ScriptedEngine.Script answering(Function<String, String> answers) {
    return new ScriptedEngine.Script(
        request -> answers.apply(question(request)), Optional.empty(), OptionalLong.empty());
  }

  private static String question(GenerationRequest request) {
    return switch (request.prompt()) {
      case Prompt.Chat(List<ChatMessage> messages, _) -> messages.getLast().content();
      case Prompt.Text(String text) -> text;
    };
  }

  int there() {
    return there.get();
  }

  int mostThere() {
    return mostThere.get();
  }

  @Override
  public EngineInfo info() {
    return new ScriptedEngine(script).info();
  }

  @Override
  public LoadedModel load(ModelSpec spec, LoadProgress progress) throws EngineException {
    if (there.get() >= atOnceMax) {
      throw new EngineException("The model does not fit.");
    }
    LoadedModel model = new ScriptedEngine(script).load(spec, progress);
    loads.add(spec);
    mostThere.accumulateAndGet(there.incrementAndGet(), Math::max);
    return new Counted(model);
  }

  private final class Counted implements LoadedModel {
    private final LoadedModel model;
    private boolean isOpen = true;

    Counted(LoadedModel model) {
      this.model = model;
    }

    @Override
    public ModelInfo info() {
      return model.info();
    }

    @Override
    public EngineFeatures features() {
      return model.features();
    }

    @Override
    public Embeddings embed(List<String> texts) throws EngineException, InterruptedException {
      return model.embed(texts);
    }

    @Override
    public List<SequenceScore> score(List<ScoredSequence> sequences)
        throws EngineException, InterruptedException {
      return model.score(sequences);
    }

    @Override
    public List<Integer> tokenize(String text, boolean special)
        throws EngineException, InterruptedException {
      return model.tokenize(text, special);
    }

    @Override
    public void adapt(Optional<AdapterFile> adapter) throws EngineException, InterruptedException {
      model.adapt(adapter);
    }

    @Override
    public Generation generate(GenerationRequest request) throws EngineException {
      return model.generate(request);
    }

    @Override
    public void pace(OptionalDouble tokensPerSecondMax) {
      model.pace(tokensPerSecondMax);
    }

    @Override
    public boolean alive() {
      return model.alive();
    }

    @Override
    public OptionalLong childPid() {
      return model.childPid();
    }

    @Override
    public void onDeath(Runnable listener) {
      model.onDeath(listener);
    }

    @Override
    public synchronized void close() {
      model.close();
      if (isOpen) {
        isOpen = false;
        there.decrementAndGet();
      }
    }
  }
}
