// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.Reason;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.inference.EngineState;
import org.peermind.inference.ScriptedEngine.Script;
import org.peermind.protocol.Activation;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.NodeEvent;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

class EnergyLoopTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /// The loop reads the clock for its initial state and once when it begins to run.
  private static final int CLOCK_READS_TO_BEGIN = 2;

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final EngineRoom engine = Parts.engine(Script.answering("Hello."), 1, clock);
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final List<EnergyDecision> decisions = Collections.synchronizedList(new ArrayList<>());
  private final List<EnergyLoop> loops = new ArrayList<>();

  @AfterEach
  void close() {
    loops.forEach(EnergyLoop::close);
    engine.close();
  }

  /// What an adapter does when it is read.
  @FunctionalInterface
  private interface Read {
    EnergySample at(Instant now) throws EnergyAdapterException, InterruptedException;
  }

  private record Adapter(Read read) implements EnergyAdapter {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public Duration pollInterval() {
      return Duration.ofMillis(200);
    }

    @Override
    public EnergySample read(Instant now) throws EnergyAdapterException {
      try {
        return read.at(now);
      } catch (InterruptedException left) {
        throw new EnergyAdapterException("The read was interrupted.");
      }
    }

    @Override
    public void close() {}
  }

  private static EnergySample sunny(Instant now) {
    return EnergySample.builder("meter", Origin.MEASURED, now)
        .productionWatts(5_000)
        .loadWatts(300)
        .gridWatts(-4_700)
        .build();
  }

  private EnergyLoop loop(EnergyTime time, Consumer<EnergyDecision> onDecision, Read read)
      throws Exception {
    EnergySettings settings =
        EnergySettings.from(
            Map.of(
                "poll", "200ms",
                "window", "30s",
                "on-delay", "10s",
                "min-off", "10s",
                "load-energy", "0 J"));
    EnergyLoop loop =
        new EnergyLoop(
            settings,
            new Adapter(read),
            time,
            SiteMemory.unkept(settings, events::add),
            engine,
            decision -> {
              decisions.add(decision);
              onDecision.accept(decision);
            },
            events::add);
    loops.add(loop);
    loop.start();
    return loop;
  }

  /// Energy time that is `span` ahead of a loop that begins, so that it catches up without waiting.
  private EnergyTime catchingUp(Duration span) {
    AtomicInteger asked = new AtomicInteger();
    InstantSource jumping =
        () ->
            asked.getAndIncrement() < CLOCK_READS_TO_BEGIN
                ? Parts.START
                : Parts.START.plus(span.dividedBy(1_000));
    return new EnergyTime(jumping, 1_000, Parts.START, Parts.START);
  }

  private void untilDecisions(int count) {
    Await.until(count + " decisions", SOON, () -> decisions.size() >= count);
  }

  private boolean isReady() {
    return engine.state() instanceof EngineState.Ready;
  }

  @Test
  void catchesUpInScaledTime_andLoadsTheModel() throws Exception {
    List<Instant> reads = Collections.synchronizedList(new ArrayList<>());
    loop(
        catchingUp(Duration.ofMinutes(5)),
        _ -> {},
        now -> {
          reads.add(now);
          return sunny(now);
        });
    Await.until("the model", SOON, this::isReady);
    Await.until("every poll", SOON, () -> reads.size() >= 5 * 60 * 5);
    for (int i = 1; i < 1_000; i++) {
      assertThat(Duration.between(reads.get(i - 1), reads.get(i)))
          .isEqualTo(Duration.ofMillis(200));
    }
  }

  @Test
  void unloads_whenTheAdapterBeginsToThrowWhatNobodyExpects() throws Exception {
    Instant breaks = Parts.START.plus(Duration.ofMinutes(3));
    loop(
        catchingUp(Duration.ofMinutes(6)),
        _ -> {},
        now -> {
          if (now.isAfter(breaks)) {
            throw new IllegalStateException("secret 4711");
          }
          return sunny(now);
        });
    Await.until(
        "the end",
        SOON,
        () -> decisions.size() > 1_700 && engine.state() instanceof EngineState.Absent);
    assertThat(List.copyOf(decisions).stream().map(EnergyDecision::activation))
        .contains(Activation.FULL);
    EnergyDecision last = decisions.getLast();
    assertThat(last.activation()).isEqualTo(Activation.OFF);
    assertThat(last.reason()).isInstanceOf(Reason.NoReading.class);
    assertThat(last.reason().sentence()).doesNotContain("4711");
  }

  @Test
  void goesOnWatching_whenAListenerHasABug() throws Exception {
    loop(
        catchingUp(Duration.ofMinutes(5)),
        _ -> {
          throw new IllegalStateException("a bug that the test planted");
        },
        EnergyLoopTest::sunny);
    Await.until("the model", SOON, this::isReady);
    assertThat(events).anyMatch(NodeEvent.UnexpectedFailure.class::isInstance);
  }

  @Test
  void startsNoSecondReadBesideOneThatBlocks_andStepsOnMeanwhile() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch entered = new CountDownLatch(1);
    loop(
        EnergyTime.real(clock),
        _ -> {},
        now -> {
          most.accumulateAndGet(inside.incrementAndGet(), Math::max);
          entered.countDown();
          try {
            new CountDownLatch(1).await();
            return sunny(now);
          } finally {
            inside.decrementAndGet();
          }
        });
    entered.await();
    untilDecisions(2);
    assertThat(inside.get()).isEqualTo(1);
    clock.advance(Duration.ofMillis(300));
    Await.until("the interrupt", SOON, () -> inside.get() == 0 || decisions.size() > 5);
    untilDecisions(6);
    assertThat(most.get()).isEqualTo(1);
    assertThat(List.copyOf(decisions)).allMatch(each -> each.activation() == Activation.OFF);
  }

  @Test
  void dropsWhatComesAfterItsDeadline() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger reads = new AtomicInteger();
    EnergyLoop loop =
        loop(
            EnergyTime.real(clock),
            _ -> {},
            now -> {
              if (reads.getAndIncrement() > 0) {
                throw new EnergyAdapterException("Gone.");
              }
              entered.countDown();
              boolean waiting = true;
              while (waiting) {
                try {
                  answer.await();
                  waiting = false;
                } catch (InterruptedException stubborn) {
                  answer.countDown();
                }
              }
              return sunny(now);
            });
    entered.await();
    untilDecisions(1);
    clock.advance(Duration.ofMillis(300));
    int before = decisions.size();
    untilDecisions(before + 3);
    assertThat(loop.decision().newestSample()).isEmpty();
  }

  @Test
  void keepsWatching_whenTheClockIsSetBackByAnHour() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    loop(
        EnergyTime.real(clock),
        _ -> {},
        now -> {
          reads.incrementAndGet();
          return sunny(now);
        });
    Await.until("a read", SOON, () -> reads.get() >= 1);
    clock.advance(Duration.ofHours(-1));
    int before = reads.get();
    Await.until("another read", SOON, () -> reads.get() > before);
  }

  @Test
  void tellsTheEngineNothingMore_onceItIsClosed() throws Exception {
    EnergyLoop loop = loop(catchingUp(Duration.ofMinutes(5)), _ -> {}, EnergyLoopTest::sunny);
    Await.until("the model", SOON, this::isReady);
    loop.close();
    engine.close();
    engine.apply(Activation.FULL);
    assertThat(engine.state()).isInstanceOf(EngineState.Absent.class);
    assertThat(engine.canWork()).isFalse();
  }
}
