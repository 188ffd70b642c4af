// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.peermind.inference.Embeddings;
import org.peermind.node.query.Answer;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.Answers;
import org.peermind.node.query.Query;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.query.QueueWatch;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.ServedModel;

/// Answers that a test wrote down, one script per model name.
final class ScriptedAnswers implements Answers {
  /// What happens next in an answer.
  @FunctionalInterface
  interface Step {
    AnswerEvent run() throws InterruptedException;
  }

  /// What happens before an answer begins.
  @FunctionalInterface
  interface Beginning {
    void run(Query query) throws QueryRefused, InterruptedException;
  }

  private record Script(Beginning beginning, List<Step> steps) {}

  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final Map<String, Embeddings> embeddings = new ConcurrentHashMap<>();
  private final List<Query> asked = new ArrayList<>();
  private final List<ServedModel> models = new ArrayList<>();
  private final Map<String, CountDownLatch> closed = new ConcurrentHashMap<>();
  private final CountDownLatch interrupted = new CountDownLatch(1);

  ScriptedAnswers answer(String model, Step... steps) {
    return answerAfter(model, _ -> {}, steps);
  }

  ScriptedAnswers answerAfter(String model, Beginning beginning, Step... steps) {
    scripts.put(model, new Script(beginning, List.of(steps)));
    models.add(new ServedModel(new ModelHash("%064x".formatted(models.size() + 1)), model, 512));
    return this;
  }

  ScriptedAnswers refuse(String model, RefusalCode code, String reason, int retryAfterSeconds) {
    return answerAfter(
        model,
        _ -> {
          throw new QueryRefused(code, reason, retryAfterSeconds);
        });
  }

  ScriptedAnswers embedding(String model, Embeddings vectors) {
    embeddings.put(model, vectors);
    return this;
  }

  static Step text(String text) {
    return () -> new AnswerEvent.Text(text);
  }

  static Step done() {
    return done(0, 0);
  }

  static Step done(int nearTies, int continuations) {
    return () -> new AnswerEvent.Done(FinishReason.STOP, 7, 3, nearTies, continuations);
  }

  static Step failed(RefusalCode code, String reason, int retryAfterSeconds) {
    return () -> new AnswerEvent.Failed(code, reason, retryAfterSeconds);
  }

  /// Waits until the test opens the gate.
  static Step after(CountDownLatch gate, Step step) {
    return () -> {
      gate.await();
      return step.run();
    };
  }

  synchronized int countAsked() {
    return asked.size();
  }

  synchronized Query lastAsked() {
    return asked.getLast();
  }

  /// Whether an answer of this model was closed soon.
  boolean wasClosed(String model) throws InterruptedException {
    return closedOf(model).await(5, TimeUnit.SECONDS);
  }

  private CountDownLatch closedOf(String model) {
    return closed.computeIfAbsent(model, _ -> new CountDownLatch(1));
  }

  boolean wasInterrupted() throws InterruptedException {
    return interrupted.await(5, TimeUnit.SECONDS);
  }

  @Override
  public Answer ask(Query query, QueueWatch watch) throws QueryRefused, InterruptedException {
    synchronized (this) {
      asked.add(query);
    }
    Script script = scripts.get(query.model());
    if (script == null) {
      throw new QueryRefused(RefusalCode.UNKNOWN_MODEL, "Nobody serves this model.", 0);
    }
    try {
      script.beginning().run(query);
    } catch (InterruptedException stopped) {
      interrupted.countDown();
      throw stopped;
    }
    Iterator<Step> steps = script.steps().iterator();
    return new Answer() {
      @Override
      public AnswerEvent next() throws InterruptedException {
        return steps.next().run();
      }

      @Override
      public void close() {
        closedOf(query.model()).countDown();
      }
    };
  }

  @Override
  public synchronized Embeddings embed(Query query) throws QueryRefused {
    asked.add(query);
    Embeddings vectors = embeddings.get(query.model());
    if (vectors == null) {
      throw new QueryRefused(RefusalCode.UNKNOWN_MODEL, "Nobody serves this model.", 0);
    }
    return vectors;
  }

  @Override
  public List<ServedModel> models() {
    return List.copyOf(models);
  }
}
