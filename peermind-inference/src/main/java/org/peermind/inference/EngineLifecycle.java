// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Activation;

/// Makes one model follow the activation that the energy path decides (design section 5): loads it
/// in the background, paces it, lets it finish, unloads it in the background, and starts it again
/// after it died. It is not loaded while it is still being unloaded.
///
/// Call [#apply] with the current activation at every energy sample, at least once a second:
/// deadlines and the wait before another try pass only then. All methods may be called by any
/// thread.
public final class EngineLifecycle implements AutoCloseable {
  private static final int RUNNING_MAX = 512;
  private static final Duration UNLOAD_MAX = Duration.ofSeconds(30);

  private final Engine engine;
  private final ModelSpec spec;
  private final Policy policy;
  private final InstantSource clock;
  private final Executor loader;
  private final Executor unloader;

  private Activation target = Activation.OFF;
  private EngineState.Loading progress = new EngineState.Loading(LoadProgress.Step.CHECKING, 0);
  private @Nullable Future<?> loading;
  private @Nullable LoadedModel model;

  /// Open while a model is being unloaded.
  private @Nullable CountDownLatch unloading;

  private long loadNumber;
  private OptionalDouble pace = OptionalDouble.empty();
  private Optional<Instant> drainUntil = Optional.empty();
  private Optional<Instant> retryAt = Optional.empty();
  private String brokenReason = "";
  private int failures;
  private boolean answeredSinceLoad;
  private boolean lacksMemory;
  private final CrashWatch crashes = new CrashWatch();
  private final List<TrackedGeneration> running = new ArrayList<>();
  private Runnable onCrash = () -> {};

  /// How the lifecycle behaves.
  ///
  /// @param fullTokensPerSecond the pace while `FULL`; empty means as fast as the machine can
  /// @param reducedTokensPerSecond the pace while `REDUCED`
  /// @param drainMax how long running answers may go on while `DRAINING`
  /// @param retryFirst how long to wait after a first failure; doubled after each further one
  /// @param retryMax the longest wait
  public record Policy(
      OptionalDouble fullTokensPerSecond,
      double reducedTokensPerSecond,
      Duration drainMax,
      Duration retryFirst,
      Duration retryMax) {
    /// @throws IllegalArgumentException when the pace or a wait before a retry is not positive
    public Policy {
      if (!(reducedTokensPerSecond > 0) || drainMax.isNegative()) {
        throw new IllegalArgumentException("A pace is positive and a wait not negative");
      }
      if (!retryFirst.isPositive() || retryMax.compareTo(retryFirst) < 0) {
        throw new IllegalArgumentException(
            "The first retry comes after a while, the last not before");
      }
    }

    /// 5 tokens per second while reduced, 20 s to drain, retries after 1 s up to 5 minutes.
    public static Policy standard() {
      return new Policy(
          OptionalDouble.empty(),
          5,
          Duration.ofSeconds(20),
          Duration.ofSeconds(1),
          Duration.ofMinutes(5));
    }

    /// The same with a limit on the speed while `FULL`; the one while `REDUCED` is never above it.
    public Policy withFullPace(double tokensPerSecond) {
      return new Policy(
          OptionalDouble.of(tokensPerSecond),
          Math.min(tokensPerSecond, reducedTokensPerSecond),
          drainMax,
          retryFirst,
          retryMax);
    }
  }

  /// A lifecycle whose [#apply] waits until the model is unloaded.
  public EngineLifecycle(
      Engine engine, ModelSpec spec, Policy policy, InstantSource clock, Executor loader) {
    this(engine, spec, policy, clock, loader, Runnable::run);
  }

  /// @param loader runs the loading of models; a load blocks for seconds to minutes
  /// @param unloader runs the unloading; it blocks for seconds, until the child process has ended
  ///   or the server says that it let go
  public EngineLifecycle(
      Engine engine,
      ModelSpec spec,
      Policy policy,
      InstantSource clock,
      Executor loader,
      Executor unloader) {
    this.engine = engine;
    this.spec = spec;
    this.policy = policy;
    this.clock = clock;
    this.loader = loader;
    this.unloader = unloader;
  }

  /// Has `listener` told whenever the model takes its process down; it returns at once and calls
  /// nothing of this class.
  public synchronized void onCrash(Runnable listener) {
    onCrash = listener;
  }

  /// Moves towards `activation`; returns at once.
  public void apply(Activation activation) {
    Optional<LoadedModel> unload = Optional.empty();
    CountDownLatch unloaded = new CountDownLatch(1);
    Optional<FutureTask<?>> load = Optional.empty();
    synchronized (this) {
      Instant now = clock.instant();
      target = activation;
      forgetEnded();
      switch (activation) {
        case OFF -> unload = takeModel();
        case WARMING, FULL -> {
          load = startLoading(now);
          pace(policy.fullTokensPerSecond());
        }
        case REDUCED -> {
          load = startLoading(now);
          pace(OptionalDouble.of(policy.reducedTokensPerSecond()));
        }
        case DRAINING -> unload = drain(now);
      }
      if (activation != Activation.DRAINING) {
        drainUntil = Optional.empty();
      }
      if (unload.isPresent()) {
        unloading = unloaded;
      }
    }
    // Outside the lock: a generation that ends calls back, and unloading takes a while.
    load.ifPresent(loader::execute);
    unload.ifPresent(taken -> unloader.execute(() -> unload(taken, unloaded)));
  }

  private void unload(LoadedModel taken, CountDownLatch unloaded) {
    try {
      taken.close();
    } finally {
      synchronized (this) {
        unloading = null;
      }
      unloaded.countDown();
    }
  }

  /// Begins an answer, or says why not.
  public synchronized Admission generate(GenerationRequest request) {
    forgetEnded();
    LoadedModel ready = model;
    if (ready == null || !ready.alive()) {
      return new Admission.Refused(absence());
    }
    return switch (target) {
      case OFF, WARMING -> new Admission.Refused("There is no renewable power for this model now.");
      case DRAINING ->
          new Admission.Refused("Renewable power is ending, so no new answer is begun.");
      case FULL, REDUCED -> begin(ready, request);
    };
  }

  private Admission begin(LoadedModel ready, GenerationRequest request) {
    if (running.size() >= RUNNING_MAX) {
      return new Admission.Refused("Too many answers are being generated.");
    }
    try {
      TrackedGeneration generation = new TrackedGeneration(ready.generate(request));
      running.add(generation);
      return new Admission.Accepted(generation);
    } catch (EngineException e) {
      return new Admission.Refused(String.valueOf(e.getMessage()));
    }
  }

  /// What the loaded model can do; empty when none is loaded.
  public synchronized Optional<EngineFeatures> features() {
    return Optional.ofNullable(model).map(LoadedModel::features);
  }

  /// Turns texts into vectors.
  ///
  /// @throws EngineException with one sentence when no model is loaded, it may not work now, or it
  ///   fails
  /// @throws InterruptedException when the calling thread was interrupted
  public Embeddings embed(List<String> texts) throws EngineException, InterruptedException {
    LoadedModel ready;
    synchronized (this) {
      ready = model;
      if (ready == null || !ready.alive()) {
        throw new EngineException(absence());
      }
      if (target != Activation.FULL && target != Activation.REDUCED) {
        throw new EngineException("There is no renewable power for this model now.");
      }
    }
    // Outside the lock: it takes a while, and the energy path must be able to unload meanwhile.
    return ready.embed(texts);
  }

  /// Where the engine stands.
  public synchronized EngineState state() {
    forgetEnded();
    if (model != null && model.alive()) {
      return target == Activation.DRAINING
          ? new EngineState.Draining(running.size())
          : new EngineState.Ready(model.info());
    }
    if (loading != null) {
      return progress;
    }
    if (unloading != null && (target == Activation.OFF || target == Activation.DRAINING)) {
      return new EngineState.Draining(0);
    }
    Optional<String> unlisted = crashes.unlisted(clock.instant());
    if (unlisted.isPresent()) {
      return new EngineState.Broken(unlisted.get(), CrashWatch.CRASHES_MAX);
    }
    return failures > 0 ? new EngineState.Broken(brokenReason, failures) : new EngineState.Absent();
  }

  /// How many answers are being generated.
  public synchronized int running() {
    forgetEnded();
    return running.size();
  }

  /// Whether the last try to load failed for want of memory alone.
  public synchronized boolean lacksMemory() {
    return lacksMemory;
  }

  /// Why memory of the unloaded model is not known to be free; empty when it is, or when the model
  /// is loaded.
  public synchronized Optional<String> heldMemory() {
    return model == null && loading == null && unloading == null
        ? engine.heldMemory()
        : Optional.empty();
  }

  /// The process that holds the model, when there is one.
  public synchronized java.util.OptionalLong childPid() {
    return model == null ? java.util.OptionalLong.empty() : model.childPid();
  }

  /// Unloads, and waits until that is done, for half a minute at most; the lifecycle may be used
  /// again.
  @Override
  public void close() {
    apply(Activation.OFF);
    CountDownLatch unloaded;
    synchronized (this) {
      unloaded = unloading;
    }
    if (unloaded != null) {
      try {
        var _ = unloaded.await(UNLOAD_MAX.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException hurry) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private String absence() {
    if (loading != null) {
      return "The model is being loaded.";
    }
    return crashes
        .unlisted(clock.instant())
        .orElse(failures > 0 ? brokenReason : "No model is loaded.");
  }

  /// Ends a running load and hands out the model to be closed.
  private Optional<LoadedModel> takeModel() {
    loadNumber++;
    if (loading != null) {
      loading.cancel(true);
      loading = null;
    }
    LoadedModel taken = model;
    model = null;
    failures = 0;
    retryAt = Optional.empty();
    running.clear();
    pace = OptionalDouble.empty();
    return Optional.ofNullable(taken);
  }

  private Optional<LoadedModel> drain(Instant now) {
    if (drainUntil.isEmpty()) {
      drainUntil = Optional.of(now.plus(policy.drainMax()));
    }
    if (model == null || running.isEmpty()) {
      return takeModel();
    }
    if (!now.isBefore(drainUntil.get())) {
      running.forEach(TrackedGeneration::cancel);
      return takeModel();
    }
    return Optional.empty();
  }

  private void pace(OptionalDouble wanted) {
    if (model != null && !wanted.equals(pace)) {
      model.pace(wanted);
      pace = wanted;
    }
  }

  private Optional<FutureTask<?>> startLoading(Instant now) {
    boolean wait = retryAt.isPresent() && now.isBefore(retryAt.get());
    boolean isThere = model != null || loading != null || unloading != null;
    if (isThere || wait || crashes.unlisted(now).isPresent()) {
      return Optional.empty();
    }
    retryAt = Optional.empty();
    progress = new EngineState.Loading(LoadProgress.Step.CHECKING, 0);
    long number = ++loadNumber;
    FutureTask<?> task = new FutureTask<>(() -> load(number), null);
    loading = task;
    return Optional.of(task);
  }

  private void load(long number) {
    try {
      LoadedModel loaded =
          engine.load(spec, (step, fraction) -> progressed(number, step, fraction));
      if (!ready(number, loaded)) {
        loaded.close();
        return;
      }
      loaded.onDeath(() -> died(number));
    } catch (EngineException e) {
      lackMemory(number, e.isMemory());
      failed(number, String.valueOf(e.getMessage()), e.isCrash());
    } catch (InterruptedException _) {
      failed(number, "Loading was interrupted.", false);
    }
  }

  private synchronized void progressed(long number, LoadProgress.Step step, double fraction) {
    if (number == loadNumber) {
      progress = new EngineState.Loading(step, fraction);
    }
  }

  /// Takes the loaded model over, unless the activation changed its mind meanwhile.
  private synchronized boolean ready(long number, LoadedModel loaded) {
    if (number != loadNumber) {
      return false;
    }
    loading = null;
    model = loaded;
    answeredSinceLoad = false;
    lacksMemory = false;
    pace(
        target == Activation.REDUCED
            ? OptionalDouble.of(policy.reducedTokensPerSecond())
            : policy.fullTokensPerSecond());
    return true;
  }

  private synchronized void lackMemory(long number, boolean isMemory) {
    if (number == loadNumber) {
      lacksMemory = isMemory;
    }
  }

  private synchronized void failed(long number, String reason, boolean crash) {
    if (number == loadNumber) {
      loading = null;
      if (crash) {
        crashes.crashed(clock.instant());
        onCrash.run();
      }
      recordFailure(reason);
    }
  }

  private synchronized void died(long number) {
    if (model != null && number == loadNumber) {
      model = null;
      pace = OptionalDouble.empty();
      if (answeredSinceLoad) {
        failures = 0;
      }
      crashes.crashed(clock.instant());
      onCrash.run();
      recordFailure("The engine stopped working.");
    }
  }

  private void recordFailure(String reason) {
    failures++;
    brokenReason = reason;
    long doublings = 1L << Math.min(failures - 1, 20);
    Duration wait = policy.retryFirst().multipliedBy(doublings);
    if (wait.compareTo(policy.retryMax()) > 0) {
      wait = policy.retryMax();
    }
    retryAt = Optional.of(clock.instant().plus(wait));
  }

  private void forgetEnded() {
    running.removeIf(TrackedGeneration::ended);
  }

  private synchronized void answered() {
    answeredSinceLoad = true;
    failures = 0;
  }

  /// A generation that the lifecycle waits for while draining, until its last event was read.
  private final class TrackedGeneration implements Generation {
    private final Generation inner;
    private volatile boolean ended;

    TrackedGeneration(Generation inner) {
      this.inner = inner;
    }

    boolean ended() {
      return ended;
    }

    @Override
    public Optional<GenerationEvent> next(Duration timeout) throws InterruptedException {
      Optional<GenerationEvent> event = inner.next(timeout);
      if (event.isPresent() && event.get().isLast()) {
        ended = true;
        if (event.get() instanceof GenerationEvent.Finished) {
          answered();
        }
      }
      return event;
    }

    @Override
    public void cancel() {
      inner.cancel();
    }

    @Override
    public void close() {
      ended = true;
      inner.close();
    }
  }
}
