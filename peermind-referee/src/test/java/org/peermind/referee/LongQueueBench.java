// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Prints what inputs cost a referee whose queue holds the 5,000 requests that it may, beside an
/// empty queue.
///
/// Runs only when named (`-Dtest=LongQueueBench`): a shared machine must not fail a build.
@Tag("bench")
final class LongQueueBench {
  private static final int INFERERS = 250;
  private static final int SLOTS = 4;
  private static final int QUEUE = 5_000;
  private static final int USERS = 2_500;
  private static final int INPUTS = 300;

  private final Stage stage =
      Stage.settled(
          RefereeSettings.defaults().withSlotsPerInferer(10).withFairness(1_000_000_000, QUEUE));
  private final Deque<String> running = new ArrayDeque<>();
  private int requests;

  @Test
  void costsNearlyTheSame_howeverManyWait() {
    for (int i = 0; i < INFERERS; i++) {
      stage.sunny("i" + i, SLOTS);
    }
    for (int i = 0; i < USERS + INPUTS; i++) {
      stage.attachUser("u" + i);
    }
    for (int i = 0; i < INFERERS * SLOTS; i++) {
      perform(stage.queue("u" + i, "r" + requests++));
    }
    double[] few = costs("nobody waits");
    while (stage.core.snapshot(stage.now).requestsQueued() < QUEUE) {
      perform(stage.queue("u" + requests % USERS, "r" + requests++));
      if (requests % 1_000 == 0) {
        stage.tick();
      }
    }
    double[] many = costs("5,000 wait");
    assertThat(many[0]).isLessThan(20 * few[0] + 100);
  }

  private double[] costs(String when) {
    double report = micros(i -> stage.report("i" + i % INFERERS, new Sketch().slots(0, SLOTS)));
    double end = micros(_ -> end());
    double ask =
        micros(
            i -> {
              String user = "u" + (USERS + i);
              return stage.queue(user, "r" + requests++);
            });
    double tick = micros(_ -> stage.after(Duration.ofMillis(1)));
    System.out.printf(
        "%s: %.1f us of CPU a report, %.1f the end of an answer and what follows, %.1f a question,"
            + " %.1f a tick%n",
        when, report, end, ask, tick);
    return new double[] {report, end, ask, tick};
  }

  private List<RefereeEffect> end() {
    String[] over = running.removeFirst().split(" ", 2);
    List<RefereeEffect> effects = stage.end(over[0], over[1], 10);
    perform(effects);
    return effects;
  }

  private void perform(List<RefereeEffect> effects) {
    for (RefereeEffect effect : effects) {
      if (effect instanceof RefereeEffect.SendOffer offer) {
        String inferer = stage.name(offer.inferer());
        Optional<RefereeEffect.Assign> assigned =
            Stage.only(stage.accept(stage.name(offer.offer()), inferer), RefereeEffect.Assign.class)
                .stream()
                .findFirst();
        assigned.ifPresent(assign -> running.addLast(stage.name(assign.session()) + " " + inferer));
      }
    }
  }

  private static double micros(IntFunction<List<RefereeEffect>> input) {
    var threads = ManagementFactory.getThreadMXBean();
    for (int i = 0; i < INPUTS / 10; i++) {
      var _ = input.apply(i);
    }
    long begun = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < INPUTS; i++) {
      var _ = input.apply(i);
    }
    return (threads.getCurrentThreadCpuTime() - begun) / 1e3 / INPUTS;
  }
}
