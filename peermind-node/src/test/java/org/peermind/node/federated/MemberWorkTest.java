// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One long thing at a time.
@Timeout(30)
final class MemberWorkTest {
  private final Semaphore ends = new Semaphore(0);
  private final MemberWork work = new MemberWork(ends::release);
  private final AtomicInteger runs = new AtomicInteger();

  @AfterEach
  void close() {
    work.close();
  }

  private void awaitEnd() throws InterruptedException {
    assertThat(ends.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void runsAJobOnce_howeverOftenItIsAskedFor() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    for (int time = 0; time < 3; time++) {
      assertThat(
              work.once(
                  "train",
                  () -> {
                    runs.incrementAndGet();
                    done.await();
                  }))
          .isEmpty();
    }
    done.countDown();
    awaitEnd();
    assertThat(runs).hasValue(1);
  }

  @Test
  void tellsAFailureOnce_andTriesAgain() throws Exception {
    MemberWork.Job failing =
        () -> {
          runs.incrementAndGet();
          throw new IOException("there is no model");
        };
    assertThat(work.once("train", failing)).isEmpty();
    awaitEnd();
    assertThat(work.once("train", failing)).contains("there is no model");
    assertThat(runs).hasValue(1);
    assertThat(work.once("train", failing)).isEmpty();
    awaitEnd();
    assertThat(runs).hasValue(2);
  }

  @Test
  void tellsErrors_whichEndNoThreadForEver() throws Exception {
    work.once(
        "train",
        () -> {
          throw new UnsatisfiedLinkError("no libtorch");
        });
    awaitEnd();
    assertThat(work.once("train", runs::incrementAndGet))
        .contains("an error in Peermind, UnsatisfiedLinkError");
    work.once("train", runs::incrementAndGet);
    awaitEnd();
    assertThat(runs).hasValue(1);
  }

  @Test
  void tellsThatAJobWasStopped_whichNobodyStoppedHere() throws Exception {
    work.once(
        "train",
        () -> {
          throw new InterruptedException("the process was stopped");
        });
    awaitEnd();
    assertThat(work.once("train", runs::incrementAndGet)).contains("it was stopped");
  }

  @Test
  void beginsAnother_onlyWhenTheFormerHasEnded() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    work.once(
        "train",
        () -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } finally {
            awaitQuietly(released);
            runs.incrementAndGet();
          }
        });
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

    AtomicInteger before = new AtomicInteger(-1);
    MemberWork.Job evaluation = () -> before.set(runs.get());
    assertThat(work.once("evaluate", evaluation)).isEmpty();
    assertThat(before).as("the training has not ended").hasValue(-1);
    released.countDown();
    awaitEnd();
    assertThat(work.once("evaluate", evaluation)).isEmpty();
    awaitEnd();
    assertThat(before).hasValue(1);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    boolean wasInterrupted = Thread.interrupted();
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException again) {
      throw new AssertionError(again);
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void saysNothingOfAJobThatWasForgotten() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    work.once(
        "train",
        () -> {
          begun.countDown();
          new CountDownLatch(1).await();
        });
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    work.forget();
    awaitEnd();
    assertThat(work.once("train", runs::incrementAndGet)).isEmpty();
    awaitEnd();
    assertThat(runs).hasValue(1);
  }

  @Test
  void beginsNothingMore_onceItIsClosed() {
    work.close();
    assertThat(work.once("train", runs::incrementAndGet)).isEmpty();
    assertThat(runs).hasValue(0);
  }
}
