// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelInfo;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.inference.internal.link.LinkMessage;

/// A model in a child process, seen from the node. When the child dies, for whatever reason,
/// running answers fail with `CRASHED` and the listeners hear it; nothing else happens to the node.
public final class ChildModel implements LoadedModel {
  /// A child that has answers to give says something every second while it gets on, by a thread of
  /// its own during a slow computation; so much silence means that it hangs, and it is ended.
  private static final Duration ANSWERING_SILENCE_MAX = Duration.ofSeconds(10);

  /// Vectors and scores.
  private static final Duration JOB_MAX = Duration.ofMinutes(10);

  /// Tokens and a change of the adapter, which wait for at most a tick of others.
  private static final Duration SHORT_REQUEST_MAX = Duration.ofMinutes(2);

  private static final Duration WATCH_EVERY = Duration.ofSeconds(1);
  private static final int EVENTS_SPARE = 64;

  private final ChildProcess child;
  private final String family;
  private final ModelInfo info;
  private final EngineFeatures features;
  private final ChildOrders orders;
  private final Map<Long, ChildGeneration> generations = new ConcurrentHashMap<>();
  private final Map<Long, BlockingQueue<LinkMessage.Result>> asked = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong heardNanos = new AtomicLong(System.nanoTime());
  private final CountDownLatch gone = new CountDownLatch(1);
  private final List<Runnable> deathListeners = new ArrayList<>();
  private final Object state = new Object();
  private boolean closing;
  private boolean dead;

  private ChildModel(ChildProcess child, LinkMessage.Loaded loaded, String family) {
    this.family = family;
    this.child = child;
    this.info = loaded.info();
    this.features = loaded.features();
    this.orders = new ChildOrders(child.link(), child::kill);
  }

  /// A model that a child loaded; from now on it is heard and watched.
  static ChildModel of(ChildProcess child, LinkMessage.Loaded loaded, String family) {
    ChildModel model = new ChildModel(child, loaded, family);
    Thread.ofVirtual().name("engine-link").start(model::receive);
    Thread.ofVirtual().name("engine-watchdog").start(model::watch);
    return model;
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public EngineFeatures features() {
    return features;
  }

  @Override
  public Embeddings embed(List<String> texts) throws EngineException, InterruptedException {
    require("texts", texts.size(), Embeddings.TEXTS_MAX);
    LinkMessage.Result result = ask(id -> new LinkMessage.Embed(id, texts), JOB_MAX);
    if (result instanceof LinkMessage.Embedded(long _, Embeddings vectors)) {
      return vectors;
    }
    throw unexpected();
  }

  @Override
  public List<SequenceScore> score(List<ScoredSequence> sequences)
      throws EngineException, InterruptedException {
    require("sequences", sequences.size(), ScoredSequence.SEQUENCES_MAX);
    require(
        "tokens to score",
        sequences.stream().mapToLong(sequence -> sequence.tokens().size()).sum(),
        ScoredSequence.TOKENS_MAX);
    LinkMessage.Result result = ask(id -> new LinkMessage.Score(id, sequences), JOB_MAX);
    if (result instanceof LinkMessage.Scored(long _, var scores)
        && scores.size() == sequences.size()) {
      return scores;
    }
    throw unexpected();
  }

  @Override
  public List<Integer> tokenize(String text, boolean special)
      throws EngineException, InterruptedException {
    if (text.getBytes(StandardCharsets.UTF_8).length > TOKENIZED_BYTES_MAX) {
      throw EngineException.ofRefusal(
          FailureKind.BAD_REQUEST,
          "A text to turn into tokens has more than %d bytes; ask in parts."
              .formatted(TOKENIZED_BYTES_MAX));
    }
    LinkMessage.Result result =
        ask(id -> new LinkMessage.Tokenize(id, text, special), SHORT_REQUEST_MAX);
    if (result instanceof LinkMessage.Tokenized(long _, var tokens)) {
      return tokens;
    }
    throw unexpected();
  }

  @Override
  public void adapt(Optional<AdapterFile> adapter) throws EngineException, InterruptedException {
    if (adapter.isPresent()) {
      AdapterCheck.check(adapter.get(), family);
    }
    LinkMessage.Adapter wanted = ChildLoading.adapter(adapter);
    LinkMessage.Result result = ask(id -> new LinkMessage.Adapt(id, wanted), SHORT_REQUEST_MAX);
    if (!(result instanceof LinkMessage.Adapted)) {
      throw unexpected();
    }
  }

  private static void require(String what, long count, int most) throws EngineException {
    if (count < 1 || count > most) {
      throw EngineException.ofRefusal(
          FailureKind.BAD_REQUEST, "One request takes 1 to %d %s.".formatted(most, what));
    }
  }

  /// Asks the child and waits for its one answer.
  ///
  /// @throws EngineException with the sentence of a refusal, or when no answer comes in time
  private LinkMessage.Result ask(LongFunction<LinkMessage.ToChild> request, Duration most)
      throws EngineException, InterruptedException {
    long id = ids.incrementAndGet();
    BlockingQueue<LinkMessage.Result> answer = new ArrayBlockingQueue<>(1);
    synchronized (state) {
      expectAnswer();
      asked.put(id, answer);
    }
    try {
      if (!orders.give(request.apply(id))) {
        throw new EngineException("The engine's child process takes no requests any more.");
      }
      return switch (answer.poll(most.toMillis(), TimeUnit.MILLISECONDS)) {
        case LinkMessage.RequestRefused(long _, FailureKind kind, String sentence) ->
            throw EngineException.ofRefusal(kind, sentence);
        case null -> {
          cancel(id);
          throw new EngineException("The engine gave no result in time.");
        }
        case LinkMessage.Result result -> result;
      };
    } catch (InterruptedException interrupted) {
      cancel(id);
      throw interrupted;
    } finally {
      asked.remove(id);
    }
  }

  private static EngineException unexpected() {
    return new EngineException("The engine's child process gave another result than was asked.");
  }

  /// Called under the lock before something is asked, so that silence counts from now on.
  private void expectAnswer() throws EngineException {
    if (dead || closing) {
      throw new EngineException("The model is not loaded any more.");
    }
    if (generations.isEmpty() && asked.isEmpty()) {
      heardNanos.set(System.nanoTime());
    }
  }

  @Override
  public Generation generate(GenerationRequest request) throws EngineException {
    long id = ids.incrementAndGet();
    int eventsMax = 2 * info.contextTokens() + EVENTS_SPARE;
    ChildGeneration generation = new ChildGeneration(eventsMax, () -> cancel(id));
    synchronized (state) {
      expectAnswer();
      generations.put(id, generation);
    }
    if (!orders.give(new LinkMessage.Generate(id, request))) {
      generations.remove(id);
      throw new EngineException("The engine's child process takes no requests any more.");
    }
    return generation;
  }

  /// A child that takes no order is dying, and the generation hears of that.
  private void cancel(long id) {
    orders.give(new LinkMessage.Cancel(id));
  }

  @Override
  public void pace(OptionalDouble tokensPerSecondMax) {
    double rate = tokensPerSecondMax.orElse(0);
    if (!(rate >= 0) || (tokensPerSecondMax.isPresent() && rate == 0)) {
      throw new IllegalArgumentException("A pace is a positive number of tokens per second");
    }
    // A dead child generates nothing, which keeps every pace.
    orders.give(new LinkMessage.Pace(rate));
  }

  @Override
  public boolean alive() {
    synchronized (state) {
      return !dead && !closing;
    }
  }

  @Override
  public OptionalLong childPid() {
    return OptionalLong.of(child.pid());
  }

  @Override
  public void onDeath(Runnable listener) {
    synchronized (state) {
      if (!dead) {
        deathListeners.add(listener);
        return;
      }
    }
    listener.run();
  }

  @Override
  public void close() {
    synchronized (state) {
      if (closing) {
        return;
      }
      closing = true;
    }
    endGenerations(new Failed(FailureKind.UNLOADED, "The model was unloaded."));
    gone.countDown();
    orders.close();
    child.close();
  }

  /// Hears the child until it is gone.
  private void receive() {
    try {
      for (Optional<LinkMessage> next = child.link().receive();
          next.isPresent();
          next = child.link().receive()) {
        heardNanos.set(System.nanoTime());
        if (!hear(next.get())) {
          break;
        }
      }
    } catch (IOException _) {
      // A broken frame or link: the child is of no use any more.
    }
    child.kill();
    die();
  }

  /// Takes a message; false when no sound child would have sent it.
  private boolean hear(LinkMessage message) {
    return switch (message) {
      case LinkMessage.Event(long id, GenerationEvent event) -> {
        ChildGeneration generation = generations.get(id);
        if (generation != null && !generation.offer(event)) {
          yield false;
        }
        if (event.isLast()) {
          generations.remove(id);
        }
        yield true;
      }
      case LinkMessage.Result result -> answer(result);
      case LinkMessage.Alive() -> true;
      case LinkMessage.ToChild _,
          LinkMessage.Hello _,
          LinkMessage.Ready _,
          LinkMessage.Refused _,
          LinkMessage.Loading _,
          LinkMessage.Loaded _ ->
          false;
    };
  }

  private boolean answer(LinkMessage.Result result) {
    BlockingQueue<LinkMessage.Result> waiting = asked.remove(result.id());
    return waiting == null || waiting.offer(result);
  }

  private void die() {
    List<Runnable> listeners;
    synchronized (state) {
      if (closing || dead) {
        return;
      }
      dead = true;
      listeners = List.copyOf(deathListeners);
    }
    endGenerations(
        new Failed(
            FailureKind.CRASHED,
            "The engine's child process died (%s).".formatted(child.exitText())));
    gone.countDown();
    orders.close();
    child.close();
    listeners.forEach(Runnable::run);
  }

  private void endGenerations(Failed failed) {
    generations.values().forEach(generation -> generation.offer(failed));
    generations.clear();
    asked.forEach(
        (id, waiting) ->
            waiting.offer(new LinkMessage.RequestRefused(id, failed.kind(), failed.sentence())));
    asked.clear();
  }

  private void watch() {
    try {
      Silence silence = new Silence(System.nanoTime());
      while (!gone.await(WATCH_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        Duration silent = silence.at(System.nanoTime(), heardNanos.get());
        boolean awaited = !generations.isEmpty() || !asked.isEmpty();
        if (awaited && silent.compareTo(ANSWERING_SILENCE_MAX) > 0) {
          child.kill();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
