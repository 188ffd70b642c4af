// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.protocol.Activation;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

class EngineLifecycleTest {
  private static final Duration DRAIN = Duration.ofSeconds(20);
  private static final EngineLifecycle.Policy POLICY =
      new EngineLifecycle.Policy(
          OptionalDouble.empty(), 5, DRAIN, Duration.ofSeconds(1), Duration.ofSeconds(8));

  private final VirtualClock clock = new VirtualClock(Instant.parse("2026-06-21T10:00:00Z"));
  private final Deque<Runnable> loads = new ArrayDeque<>();

  @Test
  void loadsWhileWarming_andAnswersOnlyAtFullPower() throws Exception {
    EngineLifecycle lifecycle = lifecycle(ScriptedEngine.Script.answering("yes"));
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);

    lifecycle.apply(Activation.WARMING);
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Loading.class);
    assertThat(refusal(lifecycle)).isEqualTo("The model is being loaded.");
    loads.remove().run();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Ready.class);
    assertThat(refusal(lifecycle)).contains("no renewable power");

    lifecycle.apply(Activation.FULL);
    assertThat(loads).isEmpty();
    assertThat(Transcript.read(accepted(lifecycle)).text()).isEqualTo("yes");
  }

  @Test
  void unloadsWhenOff_alsoInTheMiddleOfLoading() {
    EngineLifecycle lifecycle = lifecycle(ScriptedEngine.Script.answering("yes"));
    lifecycle.apply(Activation.WARMING);
    lifecycle.apply(Activation.OFF);
    loads.remove().run();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);

    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    lifecycle.apply(Activation.OFF);
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);
    assertThat(refusal(lifecycle)).isEqualTo("No model is loaded.");
  }

  @Test
  void letsRunningAnswersEndWhileDraining_thenUnloads() throws Exception {
    EngineLifecycle lifecycle = full(ScriptedEngine.Script.answering("yes"));
    Generation running = accepted(lifecycle);

    lifecycle.apply(Activation.DRAINING);
    assertThat(lifecycle.state()).isEqualTo(new EngineState.Draining(1));
    assertThat(refusal(lifecycle)).contains("power is ending");
    assertThat(Transcript.read(running).text()).isEqualTo("yes");
    lifecycle.apply(Activation.DRAINING);
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);
  }

  @Test
  void cancelsWhatStillRunsAtTheDrainDeadline() throws Exception {
    EngineLifecycle lifecycle = full(ScriptedEngine.Script.answering("yes"));
    Generation running = accepted(lifecycle);
    lifecycle.apply(Activation.DRAINING);
    clock.advance(DRAIN.minusMillis(1));
    lifecycle.apply(Activation.DRAINING);
    assertThat(lifecycle.state()).isEqualTo(new EngineState.Draining(1));

    clock.advance(Duration.ofMillis(1));
    lifecycle.apply(Activation.DRAINING);

    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);
    assertThat(running.next(Duration.ZERO).orElseThrow().isLast()).isTrue();
  }

  @Test
  void goesOnWhenPowerReturnsWhileDraining() throws Exception {
    EngineLifecycle lifecycle = full(ScriptedEngine.Script.answering("yes"));
    Generation running = accepted(lifecycle);
    lifecycle.apply(Activation.DRAINING);
    lifecycle.apply(Activation.FULL);
    clock.advance(DRAIN.multipliedBy(2));
    lifecycle.apply(Activation.FULL);

    assertThat(Transcript.read(running).text()).isEqualTo("yes");
    assertThat(Transcript.read(accepted(lifecycle)).text()).isEqualTo("yes");
  }

  @Test
  void triesAgainAfterGrowingButBoundedWaits_whenLoadingFails() {
    EngineLifecycle lifecycle = lifecycle(ScriptedEngine.Script.failingToLoad("No such model."));
    long[] waitSeconds = {1, 2, 4, 8, 8, 8};
    lifecycle.apply(Activation.FULL);
    for (int failure = 0; failure < waitSeconds.length; failure++) {
      loads.remove().run();
      assertThat(lifecycle.state())
          .isEqualTo(new EngineState.Broken("No such model.", failure + 1));
      assertThat(refusal(lifecycle)).isEqualTo("No such model.");
      clock.advance(Duration.ofSeconds(waitSeconds[failure]).minusMillis(1));
      lifecycle.apply(Activation.FULL);
      assertThat(loads).isEmpty();
      clock.advance(Duration.ofMillis(1));
      lifecycle.apply(Activation.FULL);
      assertThat(loads).hasSize(1);
    }
  }

  @Test
  void startsTheModelAgain_afterItDied() throws Exception {
    EngineLifecycle lifecycle = full(ScriptedEngine.Script.answering("yes").dyingAfter(1));

    assertThat(Transcript.read(accepted(lifecycle)).failed().kind()).isEqualTo(FailureKind.CRASHED);
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Broken.class);
    clock.advance(Duration.ofSeconds(1));
    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Ready.class);
  }

  @Test
  void servesAModelNoMore_thatCrashesAgainAndAgain_untilSomeHoursLater() throws Exception {
    // Between its deaths it answers, so that the waits alone would never grow.
    EngineLifecycle lifecycle = full(ScriptedEngine.Script.answering("yes").dyingAfter(1));
    for (int crash = 1; crash <= CrashWatch.CRASHES_MAX; crash++) {
      assertThat(Transcript.read(accepted(lifecycle)).failed().kind())
          .isEqualTo(FailureKind.CRASHED);
      clock.advance(Duration.ofSeconds(8));
      lifecycle.apply(Activation.FULL);
      if (crash < CrashWatch.CRASHES_MAX) {
        loads.remove().run();
      }
    }

    assertThat(loads).isEmpty();
    assertThat(refusal(lifecycle)).startsWith("The model took the engine down 5 times");
    lifecycle.apply(Activation.OFF);
    lifecycle.apply(Activation.FULL);
    assertThat(loads).as("a sunset forgives nothing").isEmpty();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Broken.class);
    clock.advance(CrashWatch.UNLISTED_FOR);
    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Ready.class);
  }

  @Test
  void forgivesCrashesThatLieFarApart() throws Exception {
    EngineLifecycle lifecycle = full(ScriptedEngine.Script.answering("yes").dyingAfter(1));
    for (int crash = 0; crash < 3 * CrashWatch.CRASHES_MAX; crash++) {
      assertThat(Transcript.read(accepted(lifecycle)).failed().kind())
          .isEqualTo(FailureKind.CRASHED);
      clock.advance(CrashWatch.WINDOW.dividedBy(3));
      lifecycle.apply(Activation.FULL);
      loads.remove().run();
    }
  }

  /// A clinging server takes seconds; the energy path must go on deciding meanwhile.
  @Test
  void returnsWhileTheModelIsBeingUnloaded_andLoadsOnlyAfterThat() {
    Deque<Runnable> unloads = new ArrayDeque<>();
    EngineLifecycle lifecycle =
        new EngineLifecycle(
            new ScriptedEngine(ScriptedEngine.Script.answering("yes")),
            Transcript.anySpec(),
            POLICY,
            clock,
            loads::add,
            unloads::add);
    lifecycle.apply(Activation.FULL);
    loads.remove().run();

    lifecycle.apply(Activation.OFF);
    assertThat(lifecycle.state()).isEqualTo(new EngineState.Draining(0));
    assertThat(refusal(lifecycle)).isEqualTo("No model is loaded.");
    lifecycle.apply(Activation.FULL);
    assertThat(loads).as("loads while it is being unloaded").isEmpty();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);

    unloads.remove().run();
    lifecycle.apply(Activation.OFF);
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);
    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Ready.class);
  }

  @Test
  void closesOnlyOnceTheModelIsUnloaded() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    EngineLifecycle lifecycle =
        new EngineLifecycle(
            new ScriptedEngine(ScriptedEngine.Script.answering("yes")),
            Transcript.anySpec(),
            POLICY,
            clock,
            Runnable::run,
            task ->
                Thread.ofVirtual()
                    .start(
                        () -> {
                          awaitOpen(gate);
                          task.run();
                        }));
    lifecycle.apply(Activation.FULL);
    Thread closing = Thread.ofVirtual().start(lifecycle::close);
    Await.until(
        "the closing to wait",
        DRAIN,
        () ->
            lifecycle.state() instanceof EngineState.Draining
                && closing.getState() == Thread.State.TIMED_WAITING);
    gate.countDown();
    closing.join();
    assertThat(lifecycle.state()).isInstanceOf(EngineState.Absent.class);
  }

  private static void awaitOpen(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private EngineLifecycle lifecycle(ScriptedEngine.Script script) {
    return new EngineLifecycle(
        new ScriptedEngine(script), Transcript.anySpec(), POLICY, clock, loads::add);
  }

  private EngineLifecycle full(ScriptedEngine.Script script) {
    EngineLifecycle lifecycle = lifecycle(script);
    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    return lifecycle;
  }

  private static Generation accepted(EngineLifecycle lifecycle) {
    return switch (lifecycle.generate(Transcript.request("?", 50))) {
      case Admission.Accepted(Generation generation) -> generation;
      case Admission.Refused(String reason) -> throw new AssertionError(reason);
    };
  }

  private static String refusal(EngineLifecycle lifecycle) {
    return switch (lifecycle.generate(Transcript.request("?", 50))) {
      case Admission.Accepted _ -> throw new AssertionError("The request was accepted");
      case Admission.Refused(String reason) -> reason;
    };
  }
}
