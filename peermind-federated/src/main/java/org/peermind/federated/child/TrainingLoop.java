// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;
import org.peermind.federated.internal.link.LinkMessage;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainerInfo;
import org.peermind.federated.training.TrainingException.Reason;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.governance.Digest;

/// One thread owns the network: it makes a step of the run, obeys what was ordered meanwhile, makes
/// the next step. Without a run, or with a paused one, it waits for orders and uses no processor.
final class TrainingLoop {
  private static final int ORDERS_MAX = 1024;
  private static final long REPORT_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// Takes what the loop has to say.
  @FunctionalInterface
  interface Sink {
    void say(LinkMessage.FromChild message);
  }

  private final TrainingNetwork network;
  private final Digest model;
  private final Sink sink;
  private final BlockingQueue<LinkMessage.ToChild> orders = new ArrayBlockingQueue<>(ORDERS_MAX);
  private @Nullable ActiveRun run;
  private long runId;
  private boolean paused;
  private long reportedNanos;

  /// @param model digest of what is loaded
  TrainingLoop(TrainingNetwork network, Digest model, Sink sink) {
    this.network = network;
    this.model = model;
    this.sink = sink;
  }

  /// Takes an order of the node; any thread may call it, and none waits.
  ///
  /// @throws IllegalStateException when no sound node would have so many orders on the way
  void order(LinkMessage.ToChild order) {
    if (!orders.offer(order)) {
      throw new IllegalStateException("More than " + ORDERS_MAX + " orders wait");
    }
  }

  /// Works until the thread is interrupted.
  void run() throws InterruptedException {
    while (true) {
      turn();
    }
  }

  /// Obeys one order or, when there is none and a run can go on, makes one step.
  void turn() throws InterruptedException {
    ActiveRun active = paused ? null : run;
    LinkMessage.ToChild order = active == null ? orders.take() : orders.poll();
    if (order != null) {
      obey(order);
    } else if (active != null) {
      advance(active);
    }
  }

  private void obey(LinkMessage.ToChild order) {
    switch (order) {
      case LinkMessage.Open _ -> throw new IllegalStateException("A model is open already");
      case LinkMessage.Score score -> score(score);
      case LinkMessage.Begin(long id, TrainingTask task) -> begin(id, task);
      case LinkMessage.Pause(long id) -> pause(id);
      case LinkMessage.Resume(long id) -> resume(id);
      case LinkMessage.Cancel(long id) -> cancel(id);
    }
  }

  private void score(LinkMessage.Score score) {
    try {
      check(score);
      List<Double> losses = new ArrayList<>();
      for (double loss : network.score(score.sequences(), score.coordinates().values())) {
        losses.add(loss);
      }
      sink.say(new LinkMessage.Scored(score.id(), losses));
    } catch (RefusalException refused) {
      sink.say(new LinkMessage.ScoreRefused(score.id(), refused.sentence()));
    }
  }

  private void check(LinkMessage.Score score) throws RefusalException {
    TrainerInfo info = network.info();
    int coordinates = score.coordinates().length();
    if (coordinates != 0 && coordinates != info.coordinates()) {
      throw new RefusalException(
          "%d coordinates cannot be scored where the model has %d."
              .formatted(coordinates, info.coordinates()));
    }
    for (TokenSequence sequence : score.sequences()) {
      if (sequence.length() > info.contextTokens()) {
        throw new RefusalException(
            "A sequence of %d tokens cannot be scored where the model takes %d."
                .formatted(sequence.length(), info.contextTokens()));
      }
      if (sequence.highest() >= info.vocabulary()) {
        throw new RefusalException(
            "A sequence has a token that is not among the %d of the model."
                .formatted(info.vocabulary()));
      }
    }
  }

  private void begin(long id, TrainingTask task) {
    if (run != null) {
      sink.say(new LinkMessage.Stopped(id, Reason.REFUSED, "Another run goes on."));
      return;
    }
    try {
      ActiveRun begun = ActiveRun.begin(network, model, task);
      run = begun;
      runId = id;
      paused = false;
      report(begun, Progress.State.RUNNING);
      // The first step is told at once.
      reportedNanos -= REPORT_EVERY_NANOS;
      finishIfDone(begun);
    } catch (RefusalException refused) {
      stop(id, Reason.REFUSED, refused.sentence());
    }
  }

  private void advance(ActiveRun active) {
    try {
      active.advance();
      if (System.nanoTime() - reportedNanos >= REPORT_EVERY_NANOS) {
        report(active, Progress.State.RUNNING);
      }
      finishIfDone(active);
    } catch (RefusalException refused) {
      stop(runId, Reason.REFUSED, refused.sentence());
    } catch (RuntimeException failed) {
      // Its message could quote what the network was given. The process ends: nobody knows in which
      // state native code is.
      stop(
          runId,
          Reason.CRASHED,
          "Step %d failed in the network (%s); memory may be short, so try fewer sequences in a step."
              .formatted(active.nextStep(), failed.getClass().getSimpleName()));
      throw failed;
    }
  }

  private void finishIfDone(ActiveRun active) throws RefusalException {
    if (active.done()) {
      LinkMessage.Finished finished = new LinkMessage.Finished(runId, active.update());
      report(active, Progress.State.ENDED);
      forget();
      sink.say(finished);
    }
  }

  private void pause(long id) {
    ActiveRun active = run;
    if (active == null || id != runId || paused) {
      return;
    }
    paused = true;
    try {
      active.keep();
      report(active, Progress.State.PAUSED);
    } catch (RefusalException refused) {
      stop(id, Reason.REFUSED, refused.sentence());
    }
  }

  private void resume(long id) {
    ActiveRun active = run;
    if (active != null && id == runId && paused) {
      paused = false;
      report(active, Progress.State.RUNNING);
    }
  }

  private void cancel(long id) {
    ActiveRun active = run;
    if (active == null || id != runId) {
      return;
    }
    try {
      active.keep();
      stop(id, Reason.CANCELLED, "The run was cancelled; its checkpoint is kept.");
    } catch (RefusalException refused) {
      stop(id, Reason.CANCELLED, "The run was cancelled. " + refused.sentence());
    }
  }

  private void report(ActiveRun active, Progress.State state) {
    reportedNanos = System.nanoTime();
    sink.say(new LinkMessage.Advanced(runId, active.progress(state)));
  }

  private void stop(long id, Reason reason, String sentence) {
    forget();
    sink.say(new LinkMessage.Stopped(id, reason, sentence));
  }

  private void forget() {
    ActiveRun active = run;
    run = null;
    paused = false;
    if (active != null) {
      active.close();
    }
  }
}
