// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.MemoryNeed;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaModel;

/// Runs several answers on one model (continuous batching). One thread owns the context. Before
/// each tick it takes the commands that came, ends what is cancelled or past its deadline, and
/// gives free slots to those who wait, the owner of the machine first; the pace says when the tick
/// may begin.
///
/// Commands come from one other thread, which turns them into tokens first ([Intake]), through a
/// bounded queue.
public final class EngineLoop {
  private static final int ORDERS_MAX = 1024;
  private static final int WAITING_PER_SLOT = 8;
  private static final long SIGN_OF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// How long turning one request into tokens, or loading an adapter, counts as getting on.
  private static final long PREPARING_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

  private static final long NOT_PREPARING = Long.MIN_VALUE;

  private final LlamaModel model;
  private final Sink sink;
  private final LongSupplier nanoTime;
  private final Intake intake;
  private final BlockingQueue<Order> orders = new ArrayBlockingQueue<>(ORDERS_MAX);
  private final WaitingLine waiting;
  private final SlotTable slots;
  private final Ticks ticks;
  private final Pacer pacer = new Pacer();
  private final float[] logits;
  private boolean isSpoilt;
  private final AtomicLong progress = new AtomicLong();
  private final Set<Long> computing = ConcurrentHashMap.newKeySet();
  private volatile boolean cancelAsked;
  private volatile long preparingSinceNanos = NOT_PREPARING;
  private volatile long adaptingSinceNanos = NOT_PREPARING;
  private boolean mayGiveUp = true;
  private boolean gaveUp;

  /// Hears what the engine says, on the engine's thread and on the one that gives commands.
  public interface Sink {
    /// Takes a message; it may be sent later.
    void say(LinkMessage.FromChild message);

    /// Sends what was said.
    default void flush() {}
  }

  /// Lets the intake hear what is said.
  private record HeardSink(Sink sink, Intake intake) implements Sink {
    @Override
    public void say(LinkMessage.FromChild message) {
      intake.said(message);
      sink.say(message);
    }

    @Override
    public void flush() {
      sink.flush();
    }
  }

  private sealed interface Order {
    record Begin(Tenant tenant) implements Order {}

    record Cancel(long id) implements Order {}

    record Pace(double tokensPerSecondMax) implements Order {}

    record Adapt(long id, LinkMessage.Adapter adapter) implements Order {}
  }

  /// @param slots how many answers are computed at once
  /// @param threads as many as the model's context was made for
  public EngineLoop(LlamaModel model, int slots, int threads, Sink sink) {
    this(model, slots, threads, sink, System::nanoTime);
  }

  EngineLoop(LlamaModel model, int slots, int threads, Sink sink, LongSupplier nanoTime) {
    this.model = model;
    this.nanoTime = nanoTime;
    intake = new Intake(model);
    this.sink = new HeardSink(sink, intake);
    waiting = new WaitingLine(slots * WAITING_PER_SLOT);
    this.slots = new SlotTable(model, slots, MemoryNeed.idleBytes(model.allocated().tokensBytes()));
    ticks = new Ticks(model, threads, nanoTime, this::giveUp);
    logits = new float[model.vocabularySize()];
  }

  /// The shape of a context for this loop. A computation never has more tokens than the context has
  /// cells, for the library takes no more and stops the process at a larger batch.
  public static LlamaModel.Shape shape(int contextTokens, int slots, int threads) {
    int batchTokens = Math.min(ChunkSize.MAX + slots, Math.max(slots, contextTokens));
    return new LlamaModel.Shape(contextTokens, slots, batchTokens, threads);
  }

  /// What this loop can do with its model.
  public EngineFeatures features() {
    boolean embeddings = model.refusalOfEmbeddings().isEmpty();
    return new EngineFeatures(true, true, true, true, intake.tools(), embeddings, true, true);
  }

  /// A number that changes while the engine gets on, during a computation too, and while a request
  /// is turned into tokens, for a large one takes long on a busy machine.
  public long progress() {
    return progress.get() + signs(preparingSinceNanos) + signs(adaptingSinceNanos);
  }

  private long signs(long sinceNanos) {
    return sinceNanos == NOT_PREPARING
        ? 0
        : Math.min(nanoTime.getAsLong() - sinceNanos, PREPARING_NANOS_MAX) / SIGN_OF_LIFE_NANOS;
  }

  /// Hands a command over; blocks while too many are unread. Called by one thread.
  public void command(LinkMessage.ToChild command) throws InterruptedException {
    switch (command) {
      case LinkMessage.Request request -> begin(prepared(request));
      case LinkMessage.Cancel(long id) -> {
        orders.put(new Order.Cancel(id));
        cancelAsked = cancelAsked || computing.contains(id);
      }
      case LinkMessage.Pace(double tokensPerSecondMax) ->
          orders.put(new Order.Pace(tokensPerSecondMax));
      case LinkMessage.Adapt(long id, LinkMessage.Adapter adapter) ->
          orders.put(new Order.Adapt(id, adapter));
      case LinkMessage.Load _ ->
          throw new IllegalStateException("A model is loaded once in each process");
    }
  }

  private Intake.Prepared prepared(LinkMessage.Request wanted) {
    preparingSinceNanos = nanoTime.getAsLong();
    try {
      return intake.prepare(wanted, nanoTime.getAsLong());
    } finally {
      preparingSinceNanos = NOT_PREPARING;
    }
  }

  private void begin(Intake.Prepared prepared) throws InterruptedException {
    switch (prepared) {
      case Intake.Prepared.Ready(Tenant tenant) -> orders.put(new Order.Begin(tenant));
      case Intake.Prepared.Answered(LinkMessage.FromChild message) -> {
        sink.say(message);
        sink.flush();
      }
    }
  }

  /// Runs until the thread is interrupted.
  public void run() throws InterruptedException {
    while (true) {
      step();
    }
  }

  /// Takes the commands that came, waiting for one when there is nothing to compute, then computes
  /// one tick.
  void step() throws InterruptedException {
    takeOrders();
    if (!slots.isEmpty() || !waiting.isEmpty()) {
      progress.incrementAndGet();
    }
    long now = nanoTime.getAsLong();
    endLate(now);
    slots.dropExpired(now);
    admitWaiting();
    if (pacer.delayNanos(now) == 0 && !slots.isEmpty()) {
      tick(now);
    }
    giveSignsOfLife();
    sink.flush();
  }

  private void takeOrders() throws InterruptedException {
    cancelAsked = false;
    long wait = SIGN_OF_LIFE_NANOS;
    if (!slots.isEmpty() || !waiting.isEmpty()) {
      wait = Math.min(wait, pacer.delayNanos(nanoTime.getAsLong()));
    }
    @Nullable Order order = wait == 0 ? orders.poll() : orders.poll(wait, TimeUnit.NANOSECONDS);
    while (order != null) {
      switch (order) {
        case Order.Begin(Tenant tenant) -> queue(tenant);
        case Order.Cancel(long id) -> cancel(id);
        case Order.Pace(double tokensPerSecondMax) -> pacer.limit(tokensPerSecondMax);
        case Order.Adapt(long id, LinkMessage.Adapter adapter) -> adapt(id, adapter);
      }
      order = orders.poll();
    }
  }

  private void queue(Tenant tenant) {
    if (!waiting.add(tenant)) {
      fail(tenant, FailureKind.BUSY, "Too many requests are waiting for this model.");
    } else if (tenant instanceof Sequence sequence) {
      send(sequence, sequence.progress());
    }
  }

  /// What was computed under one adapter is worth nothing under another; so it goes first, whatever
  /// comes of the change.
  private void adapt(long id, LinkMessage.Adapter adapter) {
    if (!slots.isEmpty() || !waiting.isEmpty()) {
      sink.say(
          new LinkMessage.RequestRefused(
              id,
              FailureKind.BUSY,
              "The model is answering; change its adapter when nothing runs or waits."));
      return;
    }
    slots.forget();
    adaptingSinceNanos = nanoTime.getAsLong();
    try {
      model.adapt(adapter.path(), adapter.scale());
      sink.say(new LinkMessage.Adapted(id));
    } catch (EngineException refused) {
      sink.say(
          new LinkMessage.RequestRefused(
              id, FailureKind.BAD_REQUEST, String.valueOf(refused.getMessage())));
    } finally {
      adaptingSinceNanos = NOT_PREPARING;
    }
  }

  private void cancel(long id) {
    for (Tenant tenant : waiting.take(tenant -> tenant.id() == id)) {
      finishCancelled(tenant);
    }
    for (Tenant tenant : slots.tenants()) {
      if (tenant.id() == id) {
        release(tenant, true);
        finishCancelled(tenant);
      }
    }
  }

  private void finishCancelled(Tenant tenant) {
    switch (tenant) {
      case Sequence sequence -> send(sequence, sequence.finished(FinishReason.CANCELLED));
      case Job job -> fail(job, FailureKind.BUSY, "The request was cancelled.");
    }
  }

  private void endLate(long now) {
    for (Tenant tenant : waiting.take(tenant -> tenant.deadlineNanos() - now <= 0)) {
      fail(tenant, FailureKind.DEADLINE, "The request's deadline is over.");
    }
    for (Tenant tenant : slots.tenants()) {
      if (tenant.deadlineNanos() - now <= 0) {
        release(tenant, false);
        fail(tenant, FailureKind.DEADLINE, "The request's deadline is over.");
      }
    }
  }

  private void admitWaiting() {
    Optional<Tenant> next = waiting.next(slots.tenants());
    while (next.isPresent()) {
      Tenant first = next.get();
      switch (slots.admit(first)) {
        case SlotTable.Outcome.Admitted() -> {
          waiting.take(tenant -> tenant == first);
          computing.add(first.id());
        }
        case SlotTable.Outcome.Full() -> {
          return;
        }
        case SlotTable.Outcome.Preempt(Tenant victim) -> preempt(victim);
      }
      next = waiting.next(slots.tenants());
    }
  }

  private void preempt(Tenant victim) {
    release(victim, false);
    switch (victim) {
      case Sequence sequence ->
          fail(
              sequence,
              FailureKind.PREEMPTED,
              "The owner of this machine asked and needs the slot.");
      case Job job -> waiting.addAgain(job);
    }
  }

  private void tick(long now) {
    List<Tenant> tenants = slots.tenants();
    List<Sequence> sequences =
        tenants.stream().filter(Sequence.class::isInstance).map(Sequence.class::cast).toList();
    if (!sequences.isEmpty()) {
      mayGiveUp = !gaveUp;
      gaveUp = false;
      int steps = ticks.run(sequences, pacer.limited(), new Results());
      pacer.spent(now, steps);
      if (isSpoilt) {
        cleanse();
        return;
      }
    }
    for (Tenant tenant : tenants) {
      if (tenant instanceof Job job) {
        work(job, sequences.size());
        return;
      }
    }
  }

  /// What is no number spreads through the context to all answers, present and later ones. So the
  /// context is emptied, and all begin again, one alone at a time until it has a number: whose text
  /// brought it about has none, and ends.
  private void cleanse() {
    isSpoilt = false;
    for (Tenant tenant : slots.tenants().reversed()) {
      release(tenant, false);
      if (tenant instanceof Sequence sequence) {
        sequence.suspect(true);
      }
      waiting.addAgain(tenant);
    }
    slots.clear();
  }

  /// Asked by the native library between the steps of a computation. After a tick that was given up
  /// the next one runs to its end, so that somebody who asks and cancels again and again cannot
  /// keep all others from getting on.
  private boolean giveUp() {
    progress.lazySet(progress.getPlain() + 1);
    gaveUp |= cancelAsked && mayGiveUp;
    return gaveUp;
  }

  private final class Results implements Ticks.Listener {
    @Override
    public void computed(Sequence sequence) {
      take(sequence);
    }

    @Override
    public void exhausted(Sequence sequence) {
      release(sequence, false);
      fail(sequence, FailureKind.CRASHED, "The engine's memory for tokens is exhausted.");
    }
  }

  /// Chooses the next token of a sequence whose logits were computed.
  private void take(Sequence sequence) {
    if (sequence.logitsRow() < 0) {
      send(sequence, sequence.progress());
      return;
    }
    model.logits(sequence.logitsRow(), logits);
    List<GenerationEvent> events;
    try {
      events = sequence.accept(logits);
      sequence.suspect(false);
    } catch (ArithmeticException broken) {
      isSpoilt = true;
      if (slots.tenants().size() > 1) {
        return;
      }
      events = List.of(new Failed(FailureKind.CRASHED, String.valueOf(broken.getMessage())));
    }
    for (GenerationEvent event : events) {
      if (event.isLast()) {
        release(sequence, event instanceof GenerationEvent.Finished);
      }
      send(sequence, event);
    }
  }

  private void work(Job job, int answers) {
    int most = ticks.chunk(pacer.limited());
    long began = nanoTime.getAsLong();
    switch (job.step(model, most, slots.spare())) {
      case DONE -> {
        int computed = model.batch().size();
        // A whole sequence more would have been too many, so it counts as full.
        boolean full = !job.done() && computed > most / 2;
        ticks.measured(nanoTime.getAsLong() - began, full ? most : computed, answers);
        if (job.isSpoilt()) {
          release(job, false);
          fail(job, FailureKind.CRASHED, "The model gave no finite numbers for a text.");
          cleanse();
        } else if (job.done()) {
          release(job, false);
          sink.say(job.result());
        }
      }
      case NO_ROOM, ABORTED -> {
        // Its cells are counted, so they are free, but in pieces; others end soon.
        release(job, false);
        waiting.addAgain(job);
      }
    }
  }

  private void release(Tenant tenant, boolean keep) {
    computing.remove(tenant.id());
    slots.release(tenant, keep, nanoTime.getAsLong());
  }

  private void giveSignsOfLife() {
    long now = nanoTime.getAsLong();
    for (Tenant tenant : slots.tenants()) {
      giveSignOfLife(tenant, now);
    }
    for (Tenant tenant : waiting.all()) {
      giveSignOfLife(tenant, now);
    }
  }

  private void giveSignOfLife(Tenant tenant, long now) {
    if (tenant instanceof Sequence sequence
        && now - sequence.lastEventNanos() >= SIGN_OF_LIFE_NANOS) {
      send(sequence, sequence.progress());
    }
  }

  private void send(Sequence sequence, GenerationEvent event) {
    sequence.lastEventNanos(nanoTime.getAsLong());
    sink.say(new LinkMessage.Event(sequence.id(), event));
  }

  private void fail(Tenant tenant, FailureKind kind, String sentence) {
    sink.say(
        switch (tenant) {
          case Sequence sequence ->
              new LinkMessage.Event(sequence.id(), new Failed(kind, sentence));
          case Job job -> new LinkMessage.RequestRefused(job.id(), kind, sentence);
        });
  }
}
