// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.NodeEvent;

class CoreThreadTest {
  private final List<Event> events = new CopyOnWriteArrayList<>();

  @Test
  void dropsRequestsUnderOverloadAndTellsOnce_butNoComingOrGoing() throws Exception {
    try (CoreThread core = new CoreThread(events::add)) {
      CountDownLatch gate = new CountDownLatch(1);
      CountDownLatch held = new CountDownLatch(1);
      CountDownLatch last = new CountDownLatch(1);
      AtomicInteger requests = new AtomicInteger();
      AtomicInteger presence = new AtomicInteger();
      core.execute(holding(held, gate));
      held.await();
      for (int i = 0; i < 30_000; i++) {
        core.execute(requests::incrementAndGet);
      }
      for (int i = 0; i < 19_999; i++) {
        core.executePresence(presence::incrementAndGet);
      }
      core.executePresence(last::countDown);
      gate.countDown();
      assertThat(last.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(requests.get()).isEqualTo(20_000);
      assertThat(presence.get()).isEqualTo(19_999);
      assertThat(events).hasSize(1).hasOnlyElementsOfType(NodeEvent.UnexpectedFailure.class);
    }
  }

  @Test
  void tellsOneOverloadOnce_thoughTasksRunMeanwhile() throws Exception {
    try (CoreThread core = new CoreThread(events::add)) {
      CountDownLatch firstHeld = new CountDownLatch(1);
      CountDownLatch secondHeld = new CountDownLatch(1);
      CountDownLatch firstGate = new CountDownLatch(1);
      CountDownLatch secondGate = new CountDownLatch(1);
      core.execute(holding(firstHeld, firstGate));
      firstHeld.await();
      core.execute(holding(secondHeld, secondGate));
      for (int i = 0; i < 20_001; i++) {
        core.execute(() -> {});
      }
      assertThat(events).hasSize(1);
      firstGate.countDown();
      secondHeld.await();
      assertThat(core.execute(() -> {})).isTrue();
      assertThat(core.execute(() -> {})).isFalse();
      assertThat(events).hasSize(1);
      secondGate.countDown();
    }
  }

  private static Runnable holding(CountDownLatch held, CountDownLatch gate) {
    return () -> {
      held.countDown();
      try {
        gate.await();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    };
  }

  @Test
  void goesOn_afterATaskWithABug() throws Exception {
    try (CoreThread core = new CoreThread(events::add)) {
      CountDownLatch after = new CountDownLatch(1);
      core.execute(
          () -> {
            throw new IllegalStateException("a bug that the test planted");
          });
      core.execute(after::countDown);
      assertThat(after.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(events).hasSize(1);
    }
  }
}
