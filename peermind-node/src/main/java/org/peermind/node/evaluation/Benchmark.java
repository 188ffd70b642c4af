// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.peermind.energy.spi.OwnPower;
import org.peermind.inference.Engine;
import org.peermind.node.governance.Evaluation;

/// Measures a candidate and the model in use on this machine, in turn, so that what is compared is
/// their ratio and not the machine (PMV-1, evaluation). One evaluation at a time; others wait.
///
/// The models run in child processes of their own beside the node's engine. Without renewable power
/// both are unloaded within seconds and it goes on where it stopped. However it ends, by an
/// interrupt of the calling thread too, both child processes are ended before it returns.
public final class Benchmark implements Evaluation {
  private final Surroundings surroundings;
  private final ReentrantLock running = new ReentrantLock();

  /// What a machine has for evaluations.
  ///
  /// @param engine loads both models, each into a process of its own
  /// @param threads processor cores that a model uses
  /// @param meter the newest reading of this machine's power, unknown where nothing measures it
  public record Surroundings(
      Engine engine,
      int threads,
      PowerGate power,
      QuietSlots slots,
      Supplier<OwnPower> meter,
      InstantSource clock) {}

  public Benchmark(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Measured measure(Task task, Listener listener)
      throws EvaluationFailed, InterruptedException {
    ItemSuite suite =
        ItemSuite.named(task.suite())
            .orElseThrow(
                () ->
                    new EvaluationFailed(
                        "This version does not know the suite of items that the network's rules"
                            + " name; update it."));
    if (task.items() < 1 || task.turns() < 1 || !task.within().isPositive()) {
      throw new EvaluationFailed("An evaluation needs items, turns and time.");
    }
    Instant end = surroundings.clock().instant().plus(task.within());
    running.lockInterruptibly();
    try {
      listener.at(new Progress("waiting for renewable power", 0));
      if (!surroundings.power().await(Duration.between(surroundings.clock().instant(), end))) {
        throw new EvaluationFailed(
            "There was no renewable power in all the time that the evaluation may take.");
      }
      Bench bench = Bench.of(task, surroundings.engine(), surroundings.threads());
      Schedule schedule = Schedule.of(task.within(), task.turn(), task.turns(), task.items());
      return new EvaluationRun(task, suite, schedule, bench, surroundings, end, listener).run();
    } finally {
      running.unlock();
    }
  }
}
