// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.internal.link.LinkMessage;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingException.Reason;
import org.peermind.federated.training.TrainingRun;

/// A run in the child process, seen from the node.
final class ChildRun implements TrainingRun {
  private final long id;
  private final Consumer<LinkMessage.ToChild> orders;
  private final CountDownLatch ended = new CountDownLatch(1);
  private Progress progress;
  private boolean pauseOrdered;
  private @Nullable TrainedUpdate update;
  private Reason reason = Reason.CRASHED;
  private String sentence = "";

  /// @param orders takes what the child is to do
  ChildRun(long id, int steps, Consumer<LinkMessage.ToChild> orders) {
    this.id = id;
    this.orders = orders;
    this.progress = Progress.starting(steps);
  }

  long id() {
    return id;
  }

  @Override
  public void pause() {
    if (changes(true)) {
      orders.accept(new LinkMessage.Pause(id));
    }
  }

  @Override
  public void resume() {
    if (changes(false)) {
      orders.accept(new LinkMessage.Resume(id));
    }
  }

  private synchronized boolean changes(boolean pause) {
    boolean changes = pauseOrdered != pause && progress.state() != Progress.State.ENDED;
    pauseOrdered = pause;
    return changes;
  }

  @Override
  public void cancel() {
    if (progress().state() != Progress.State.ENDED) {
      orders.accept(new LinkMessage.Cancel(id));
    }
  }

  @Override
  public synchronized Progress progress() {
    return progress;
  }

  @Override
  public TrainedUpdate await() throws TrainingException, InterruptedException {
    ended.await();
    synchronized (this) {
      if (update != null) {
        return update;
      }
      throw new TrainingException(reason, sentence);
    }
  }

  /// Whether the child is to make steps, so that its silence would mean something.
  synchronized boolean works() {
    return progress.state() == Progress.State.STARTING
        || progress.state() == Progress.State.RUNNING;
  }

  synchronized void heard(Progress now) {
    if (ended.getCount() > 0) {
      progress = now.state() == Progress.State.ENDED ? now.in(Progress.State.RUNNING) : now;
    }
  }

  synchronized void finish(TrainedUpdate result) {
    if (ended.getCount() > 0) {
      update = result;
      end();
    }
  }

  synchronized void fail(Reason why, String text) {
    if (ended.getCount() > 0) {
      reason = why;
      sentence = text;
      end();
    }
  }

  private void end() {
    progress = progress.in(Progress.State.ENDED);
    ended.countDown();
  }
}
