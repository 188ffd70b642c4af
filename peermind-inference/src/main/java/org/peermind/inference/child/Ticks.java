// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.LlamaModel.Decoded;

/// Computes ticks: in each, a token of every running answer, and a chunk of the prompts that are
/// being read, shared evenly, so that a long prompt holds up neither the answers nor other prompts.
final class Ticks {
  /// A tick of single tokens that is expected to take less is not asked whether it should be given
  /// up: the library asks hundreds of times in each.
  private static final long SHORT_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(250);

  private final LlamaModel model;
  private final LongSupplier nanoTime;
  private final BooleanSupplier giveUp;
  private final ChunkSize chunk = new ChunkSize();
  private final ThreadCount threads;
  private final List<Sequence> sequences = new ArrayList<>();
  private final List<Integer> counts = new ArrayList<>();
  private int turn;
  private int threadsSet;
  private long lastTickNanos;

  /// Hears what became of each sequence of a tick.
  interface Listener {
    /// The batch with tokens of this sequence was computed.
    void computed(Sequence sequence);

    /// There is no memory for its next token.
    void exhausted(Sequence sequence);
  }

  /// @param giveUp asked during each computation of prompts or other long one, whether it should be
  ///   given up
  Ticks(LlamaModel model, int threadsMost, LongSupplier nanoTime, BooleanSupplier giveUp) {
    this.model = model;
    this.nanoTime = nanoTime;
    this.giveUp = giveUp;
    threads = new ThreadCount(threadsMost);
    threadsSet = threadsMost;
  }

  /// How many tokens of prompts a tick takes now.
  int chunk(boolean reduced) {
    return chunk.tokens(reduced);
  }

  /// Says how long a piece of a job took beside so many answers; the next has as many tokens as
  /// keep it short.
  void measured(long tookNanos, int tokens, int answers) {
    chunk.measured(tookNanos, tokens, answers);
  }

  /// Computes one tick and returns how many answers went one token on.
  int run(List<Sequence> running, boolean reduced, Listener listener) {
    long began = nanoTime.getAsLong();
    int steps = fill(running, reduced);
    int size = model.batch().size();
    boolean brief = size == steps && lastTickNanos <= SHORT_NANOS_MAX;
    compute(brief, listener);
    long now = nanoTime.getAsLong();
    lastTickNanos = now - began;
    chunk.measured(now - began, size - steps, steps);
    threads.measured(size, now - began, now);
    if (threads.threads() != threadsSet) {
      threadsSet = threads.threads();
      model.threads(threadsSet);
    }
    return steps;
  }

  private int fill(List<Sequence> running, boolean reduced) {
    sequences.clear();
    counts.clear();
    model.batch().clear();
    List<Sequence> prefilling = new ArrayList<>();
    for (Sequence sequence : running) {
      if (sequence.prefilling()) {
        prefilling.add(sequence);
      } else {
        add(sequence, 1);
      }
    }
    int steps = model.batch().size();
    int room = Math.min(chunk.tokens(reduced), model.batch().room());
    turn++;
    for (int i = 0; i < prefilling.size() && room > 0; i++) {
      Sequence sequence = prefilling.get((turn + i) % prefilling.size());
      int share = Math.max(1, room / (prefilling.size() - i));
      int count = Math.min(share, sequence.tokensToRead());
      add(sequence, count);
      room -= count;
    }
    return steps;
  }

  private void add(Sequence sequence, int count) {
    sequence.addTo(model.batch(), count);
    sequences.add(sequence);
    counts.add(count);
  }

  /// Computes the batch. Memory may be free but in pieces; then each sequence goes alone, and a
  /// prompt token by token, which fits as long as any cell is free.
  private void compute(boolean brief, Listener listener) {
    switch (brief ? model.decode() : model.decode(giveUp)) {
      case DONE -> sequences.forEach(listener::computed);
      case ABORTED -> takeBack();
      case NO_ROOM -> {
        takeBack();
        for (int i = 0; i < sequences.size(); i++) {
          computeSingly(sequences.get(i), counts.get(i), listener);
        }
      }
    }
  }

  private void takeBack() {
    for (int i = 0; i < sequences.size(); i++) {
      sequences.get(i).takeBack(counts.get(i));
    }
  }

  private void computeSingly(Sequence sequence, int count, Listener listener) {
    for (int i = 0; i < count; i++) {
      model.batch().clear();
      sequence.addTo(model.batch(), 1);
      if (model.decode() == Decoded.NO_ROOM) {
        sequence.takeBack(1);
        listener.exhausted(sequence);
        return;
      }
    }
    listener.computed(sequence);
  }
}
