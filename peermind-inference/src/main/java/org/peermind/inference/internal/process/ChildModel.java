// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
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
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.MemoryNeed;
import org.peermind.inference.MemoryPlan;
import org.peermind.inference.ModelInfo;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.Natives;
import org.peermind.inference.internal.link.LinkMessage;

/// A model in a child process, seen from the node. When the child dies, for whatever reason,
/// running answers fail with `CRASHED` and the listeners hear it; nothing else happens to the node.
public final class ChildModel implements LoadedModel {
  /// A child that starts or loads and says nothing for so long hangs.
  private static final Duration LOADING_SILENCE_MAX = Duration.ofMinutes(2);

  /// A child that has answers to give says something every second while it gets on, by a thread of
  /// its own during a slow computation; so much silence means that it hangs, and it is ended.
  private static final Duration ANSWERING_SILENCE_MAX = Duration.ofSeconds(10);

  private static final Duration EMBEDDING_MAX = Duration.ofMinutes(10);

  private static final Duration WATCH_EVERY = Duration.ofSeconds(1);
  private static final int EVENTS_SPARE = 64;

  private final ChildProcess child;
  private final ModelInfo info;
  private final EngineFeatures features;
  private final ChildOrders orders;
  private final Map<Long, ChildGeneration> generations = new ConcurrentHashMap<>();
  private final Map<Long, BlockingQueue<LinkMessage.FromChild>> embeddings =
      new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong heardNanos = new AtomicLong(System.nanoTime());
  private final CountDownLatch gone = new CountDownLatch(1);
  private final List<Runnable> deathListeners = new ArrayList<>();
  private final Object state = new Object();
  private boolean closing;
  private boolean dead;

  private ChildModel(ChildProcess child, LinkMessage.Loaded loaded) {
    this.child = child;
    this.info = loaded.info();
    this.features = loaded.features();
    this.orders = new ChildOrders(child.link(), child::kill);
  }

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
  /// @throws EngineException with the reason for which it does not fit, or the child refused or
  ///   died
  public static ChildModel load(
      Natives natives, ModelSpec spec, MemoryNeed need, LoadProgress progress)
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
                  plan.gpuLayers()));
      LinkMessage.Loaded loaded = awaitLoaded(child, progress);
      child.forgetErrors();
      ChildModel model = new ChildModel(child, loaded);
      Thread.ofVirtual().name("engine-link").start(model::receive);
      Thread.ofVirtual().name("engine-watchdog").start(model::watch);
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
            LinkMessage.Embedded _,
            LinkMessage.EmbeddingRefused _,
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
            LinkMessage.Embedded _,
            LinkMessage.EmbeddingRefused _,
            LinkMessage.Event _ ->
            throw new EngineException("The engine's child process said something unexpected.");
      }
    }
  }

  private static InterruptedException interrupted() {
    Thread.interrupted();
    return new InterruptedException("Loading was interrupted");
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
    if (texts.isEmpty() || texts.size() > Embeddings.TEXTS_MAX) {
      throw EngineException.ofRefusal(
          FailureKind.BAD_REQUEST,
          "One request takes 1 to %d texts.".formatted(Embeddings.TEXTS_MAX));
    }
    long id = ids.incrementAndGet();
    BlockingQueue<LinkMessage.FromChild> answer = new ArrayBlockingQueue<>(1);
    synchronized (state) {
      expectAnswer();
      embeddings.put(id, answer);
    }
    try {
      if (!orders.give(new LinkMessage.Embed(id, texts))) {
        throw new EngineException("The engine's child process takes no requests any more.");
      }
      return switch (answer.poll(EMBEDDING_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        case LinkMessage.Embedded(long _, Embeddings vectors) -> vectors;
        case LinkMessage.EmbeddingRefused(long _, FailureKind kind, String sentence) ->
            throw EngineException.ofRefusal(kind, sentence);
        case null, default -> throw new EngineException("The engine gave no vectors in time.");
      };
    } catch (InterruptedException interrupted) {
      cancel(id);
      throw interrupted;
    } finally {
      embeddings.remove(id);
    }
  }

  /// Called under the lock before something is asked, so that silence counts from now on.
  private void expectAnswer() throws EngineException {
    if (dead || closing) {
      throw new EngineException("The model is not loaded any more.");
    }
    if (generations.isEmpty() && embeddings.isEmpty()) {
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
      case LinkMessage.Embedded vectors -> answer(vectors.id(), vectors);
      case LinkMessage.EmbeddingRefused refused -> answer(refused.id(), refused);
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

  private boolean answer(long id, LinkMessage.FromChild message) {
    BlockingQueue<LinkMessage.FromChild> asked = embeddings.remove(id);
    return asked == null || asked.offer(message);
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
    embeddings.forEach(
        (id, asked) ->
            asked.offer(new LinkMessage.EmbeddingRefused(id, failed.kind(), failed.sentence())));
    embeddings.clear();
  }

  private void watch() {
    try {
      Silence silence = new Silence(System.nanoTime());
      while (!gone.await(WATCH_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        Duration silent = silence.at(System.nanoTime(), heardNanos.get());
        boolean asked = !generations.isEmpty() || !embeddings.isEmpty();
        if (asked && silent.compareTo(ANSWERING_SILENCE_MAX) > 0) {
          child.kill();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
