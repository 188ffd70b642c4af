// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Constraint;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.PromptRenderer;
import org.peermind.inference.internal.natives.TokenBatch;

/// Runs several answers on one model (continuous batching). One thread owns the context; each tick
/// computes one batch: a token for every running answer, and a small piece of one prompt, so that
/// cancelling and signs of life never wait long.
///
/// Commands come from other threads through a bounded queue.
public final class EngineLoop {
  /// The most prompt tokens computed in one tick.
  public static final int PREFILL_CHUNK = 64;

  private static final int PREFILL_CHUNK_MIN = 8;
  private static final int TOKEN_BYTES_MAX = 64;
  private static final int COMMANDS_MAX = 1024;
  private static final int WAITING_PER_SLOT = 8;
  private static final long SLOW_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(600);
  private static final long FAST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(150);
  private static final long SIGN_OF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LlamaModel model;
  private final PromptRenderer renderer;
  private final int slots;
  private final Sink sink;
  private final BlockingQueue<LinkMessage.ToChild> commands =
      new ArrayBlockingQueue<>(COMMANDS_MAX);
  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private final List<Sequence> running = new ArrayList<>();
  private final BitSet usedSlots = new BitSet();
  private final float[] logits;
  private final Pacer pacer = new Pacer();
  private int prefillChunk = PREFILL_CHUNK;

  /// Hears the events of all generations, on the engine thread.
  @FunctionalInterface
  public interface Sink {
    void event(long id, GenerationEvent event);
  }

  public EngineLoop(LlamaModel model, int slots, Sink sink) {
    this.model = model;
    this.slots = slots;
    this.sink = sink;
    renderer = PromptRenderer.of(model);
    logits = new float[model.vocabularySize()];
  }

  /// The shape of a context for this loop.
  public static LlamaModel.Shape shape(int contextTokens, int slots, int threads) {
    return new LlamaModel.Shape(contextTokens, slots, PREFILL_CHUNK + slots, threads);
  }

  /// Hands a command over; blocks while too many are unread.
  public void command(LinkMessage.ToChild command) throws InterruptedException {
    commands.put(command);
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
    takeCommands();
    admitWaiting();
    if (pacer.delayNanos(System.nanoTime()) == 0 && !running.isEmpty()) {
      tick();
    }
    giveSignsOfLife();
  }

  private void takeCommands() throws InterruptedException {
    long wait = SIGN_OF_LIFE_NANOS;
    if (!running.isEmpty() || !waiting.isEmpty()) {
      wait = Math.min(wait, pacer.delayNanos(System.nanoTime()));
    }
    LinkMessage.@Nullable ToChild command =
        wait == 0 ? commands.poll() : commands.poll(wait, TimeUnit.NANOSECONDS);
    while (command != null) {
      switch (command) {
        case LinkMessage.Generate(long id, GenerationRequest request) -> begin(id, request);
        case LinkMessage.Cancel(long id) -> cancel(id);
        case LinkMessage.Pace(double tokensPerSecondMax) -> pacer.limit(tokensPerSecondMax);
        case LinkMessage.Load _ ->
            throw new IllegalStateException("A model is loaded once in each process");
      }
      command = commands.poll();
    }
  }

  private void begin(long id, GenerationRequest request) {
    if (!(request.constraint() instanceof Constraint.None()) || request.topLogprobs().isPresent()) {
      fail(id, FailureKind.BAD_REQUEST, "This engine answers plain conversations only.");
      return;
    }
    if (request.prompt().bytes() > (long) model.contextTokens() * TOKEN_BYTES_MAX) {
      // Tokenizing it would only take time from the others.
      fail(
          id,
          FailureKind.CONTEXT_TOO_LONG,
          "The conversation has %d bytes, far more than this model's context of %d tokens."
              .formatted(request.prompt().bytes(), model.contextTokens()));
      return;
    }
    if (!request.resumeTokens().stream()
        .allMatch(token -> token >= 0 && token < model.vocabularySize())) {
      fail(
          id,
          FailureKind.BAD_REQUEST,
          "The tokens to resume from are not of this model's vocabulary.");
      return;
    }
    switch (renderer.render(request)) {
      case PromptRenderer.Result.Tokens(List<Integer> ids) ->
          begin(id, request, ids.stream().mapToInt(Integer::intValue).toArray());
      case PromptRenderer.Result.Refused(String sentence) ->
          fail(id, FailureKind.BAD_REQUEST, sentence);
    }
  }

  private void begin(long id, GenerationRequest request, int[] prompt) {
    int promptTokens = prompt.length;
    int limit = Math.min(request.maxTokens(), model.contextTokens() - promptTokens);
    if (limit < 1) {
      fail(
          id,
          FailureKind.CONTEXT_TOO_LONG,
          "The conversation has %d tokens, and this model's context holds %d with the answer."
              .formatted(promptTokens, model.contextTokens()));
      return;
    }
    Sequence sequence = new Sequence(id, model, request, prompt, limit);
    Optional<GenerationEvent> end = sequence.replay();
    if (end.isPresent()) {
      sink.event(id, end.get());
    } else if (waiting.size() >= slots * WAITING_PER_SLOT) {
      fail(id, FailureKind.BUSY, "Too many requests are waiting for this model.");
    } else {
      waiting.add(sequence);
      send(sequence, sequence.progress());
    }
  }

  private void cancel(long id) {
    for (Iterator<Sequence> all = waiting.iterator(); all.hasNext(); ) {
      Sequence sequence = all.next();
      if (sequence.id() == id) {
        all.remove();
        sink.event(id, sequence.finished(FinishReason.CANCELLED));
      }
    }
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.id() == id) {
        end(sequence, sequence.finished(FinishReason.CANCELLED));
      }
    }
  }

  /// First come, first served: a request for which there is no memory yet holds up those behind it.
  private void admitWaiting() {
    while (!waiting.isEmpty() && running.size() < slots) {
      int used = running.stream().mapToInt(Sequence::cells).sum();
      if (waiting.getFirst().cells() > model.cells() - used) {
        return;
      }
      Sequence sequence = waiting.removeFirst();
      sequence.slot(usedSlots.nextClearBit(0));
      usedSlots.set(sequence.slot());
      running.add(sequence);
    }
  }

  private void tick() {
    long began = System.nanoTime();
    Batch batch = new Batch(model.batch());
    for (Sequence sequence : running) {
      if (!sequence.prefilling()) {
        batch.add(sequence, 1);
      }
    }
    int stepping = batch.size();
    int room = prefillChunk;
    for (Sequence sequence : running) {
      if (sequence.prefilling() && room > 0) {
        int count = Math.min(room, sequence.tokensToRead());
        batch.add(sequence, count);
        room -= count;
      }
    }
    compute(batch);
    long took = System.nanoTime() - began;
    if (batch.size() > stepping) {
      adaptChunk(took);
    }
    pacer.spent(began, stepping);
  }

  /// The tokens that each sequence put into the model's batch.
  private static final class Batch {
    private final TokenBatch tokens;
    private final List<Sequence> sequences = new ArrayList<>();
    private final List<Integer> counts = new ArrayList<>();

    Batch(TokenBatch tokens) {
      this.tokens = tokens;
      tokens.clear();
    }

    void add(Sequence sequence, int count) {
      sequence.addTo(tokens, count);
      sequences.add(sequence);
      counts.add(count);
    }

    int size() {
      return tokens.size();
    }
  }

  /// Computes the batch. Memory may be free but in pieces; then each sequence goes alone, and a
  /// prompt token by token, which fits as long as any cell is free.
  private void compute(Batch batch) {
    switch (model.decode()) {
      case DONE -> {
        for (Sequence sequence : batch.sequences) {
          take(sequence);
        }
      }
      case NO_ROOM -> {
        for (int i = 0; i < batch.sequences.size(); i++) {
          batch.sequences.get(i).takeBack(batch.counts.get(i));
        }
        for (int i = 0; i < batch.sequences.size(); i++) {
          computeSingly(batch.sequences.get(i), batch.counts.get(i));
        }
      }
      case ABORTED -> throw new IllegalStateException("A batch was given up that nobody gave up");
    }
  }

  private void computeSingly(Sequence sequence, int count) {
    for (int i = 0; i < count; i++) {
      model.batch().clear();
      sequence.addTo(model.batch(), 1);
      if (model.decode() == LlamaModel.Decoded.NO_ROOM) {
        end(
            sequence,
            new Failed(FailureKind.CRASHED, "The engine's memory for tokens is exhausted."));
        return;
      }
    }
    take(sequence);
  }

  /// Chooses the next token of a sequence whose logits were computed.
  private void take(Sequence sequence) {
    if (sequence.logitsRow() < 0) {
      send(sequence, sequence.progress());
      return;
    }
    List<GenerationEvent> events;
    try {
      model.logits(sequence.logitsRow(), logits);
      events = sequence.accept(logits);
    } catch (ArithmeticException broken) {
      events = List.of(new Failed(FailureKind.CRASHED, String.valueOf(broken.getMessage())));
    }
    for (GenerationEvent event : events) {
      if (event.isLast()) {
        end(sequence, event);
      } else {
        send(sequence, event);
      }
    }
  }

  private void end(Sequence sequence, GenerationEvent last) {
    running.remove(sequence);
    usedSlots.clear(sequence.slot());
    model.removeSequence(sequence.slot());
    sink.event(sequence.id(), last);
  }

  private void adaptChunk(long tookNanos) {
    if (tookNanos > SLOW_TICK_NANOS) {
      prefillChunk = Math.max(PREFILL_CHUNK_MIN, prefillChunk / 2);
    } else if (tookNanos < FAST_TICK_NANOS) {
      prefillChunk = Math.min(PREFILL_CHUNK, prefillChunk * 2);
    }
  }

  private void giveSignsOfLife() {
    long now = System.nanoTime();
    for (Sequence sequence : running) {
      if (now - sequence.lastEventNanos() >= SIGN_OF_LIFE_NANOS) {
        send(sequence, sequence.progress());
      }
    }
    for (Sequence sequence : waiting) {
      if (now - sequence.lastEventNanos() >= SIGN_OF_LIFE_NANOS) {
        send(sequence, sequence.progress());
      }
    }
  }

  private void send(Sequence sequence, GenerationEvent event) {
    sequence.lastEventNanos(System.nanoTime());
    sink.event(sequence.id(), event);
  }

  private void fail(long id, FailureKind kind, String sentence) {
    sink.event(id, new Failed(kind, sentence));
  }
}
