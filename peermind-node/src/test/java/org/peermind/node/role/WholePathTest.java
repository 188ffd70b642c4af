// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ScriptedEngine.Script;
import org.peermind.node.query.Answer;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AttemptSource;
import org.peermind.node.query.ContinuationRules;
import org.peermind.node.query.ContinuedAnswers;
import org.peermind.node.query.Query;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.transport.InMemoryNetwork;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.Scheduler;
import org.peermind.node.transport.TransportSettings;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.HpkePublicKey;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;
import org.peermind.referee.RefereeSettings;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.QueryEvent;
import org.peermind.testkit.VirtualClock;
import org.peermind.testkit.VirtualScheduler;

/// User, referee and inferers as in production, but for sockets and the engine's model: a question
/// asked, answered, moved and refused (design section 6).
class WholePathTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String TEXT = "The river Ilsa carries sunlight to the mills. ".repeat(20);

  @TempDir private Path directory;
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final VirtualScheduler time = new VirtualScheduler(clock);
  private final Scheduler scheduler = (delay, task) -> time.after(delay, task)::run;
  private final InMemoryNetwork network = new InMemoryNetwork(scheduler, new Random(1));
  private final PostedTransport posted = new PostedTransport(scheduler);
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final List<Runnable> closing = new ArrayList<>();
  private final IdentityKey refereeKey = Parts.key();
  private PeerListener listener;

  @BeforeEach
  void startReferee() throws Exception {
    RefereeRole referee =
        RefereeRole.of(
            refereeKey,
            Parts.NETWORK,
            false,
            directory.resolve("members"),
            RefereeSettings.defaults().withSimulatedPower(true),
            clock,
            new Random(1),
            scheduler,
            events::add,
            Parts.record(refereeKey, HpkeKey.generate().publicKey(), clock.instant(), Role.REFEREE),
            Set.of());
    closing.add(referee::close);
    listener =
        network
            .transportOf(refereeKey.id(), TransportSettings.defaults())
            .listen("127.0.0.1", 4477, posted.peers(referee));
  }

  @AfterEach
  void close() {
    closing.forEach(Runnable::run);
    assertThat(events).noneMatch(NodeEvent.UnexpectedFailure.class::isInstance);
  }

  private RefereeSet referees(IdentityKey key, HpkePublicKey hpke, Role role) {
    return Parts.referees(key, hpke, clock, scheduler, List.of(refereeKey.id()), role);
  }

  private void start(RefereeSet referees, IdentityKey key) {
    referees.start(posted.of(network.transportOf(key.id(), TransportSettings.defaults())));
    until(() -> referees.isAttached());
    closing.add(referees::close);
  }

  /// An inferer with its engine.
  private final class Inferer {
    private final IdentityKey key = Parts.key();
    private final EngineRoom engine;
    private final InfererRole role;
    private final RefereeSet referees;

    Inferer(Script script) {
      HpkeKeyRing hpke = new HpkeKeyRing(clock);
      engine = Parts.engine(script, 2, clock);
      referees = referees(key, hpke.publicKey(), Role.INFERER);
      role =
          InfererRole.of(
              referees,
              key,
              hpke,
              Parts.NETWORK,
              engine,
              "simulated",
              EnergyTime.real(clock),
              clock,
              Parts.SECRETS,
              scheduler,
              events::add);
      closing.add(role::close);
      closing.add(engine::close);
    }

    Inferer sunny() {
      engine.apply(Activation.FULL);
      role.decided(Parts.sunny());
      start(referees, key);
      return this;
    }

    void die() {
      network.sever(key.id(), refereeKey.id());
    }
  }

  private ContinuedAnswers user(AttemptSource... before) {
    IdentityKey key = Parts.key();
    RefereeSet referees = referees(key, HpkeKey.generate().publicKey(), Role.LIGHT_USER);
    LightUserRole user =
        LightUserRole.of(referees, key.id(), Parts.NETWORK, Parts.PLACE, clock, Parts.SECRETS);
    start(referees, key);
    List<AttemptSource> sources = new ArrayList<>(List.of(before));
    sources.add(user);
    return new ContinuedAnswers(
        sources, ContinuationRules.standard(), clock, this::pause, Parts::id, events::add);
  }

  /// Waits in virtual time.
  private void pause(Duration duration) throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    scheduler.after(duration, over::countDown);
    over.await();
  }

  private static Query query() {
    return new Query(
        "demo",
        Prompt.chat(List.of(new ChatMessage("user", "CANARY question"))),
        2_000,
        new Sampling(0, 1, 0),
        OptionalLong.of(1),
        List.of());
  }

  private static String textOf(Answer answer) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    AnswerEvent event = answer.next();
    for (; event instanceof AnswerEvent.Text(String more, var _); event = answer.next()) {
      text.append(more);
    }
    return event instanceof AnswerEvent.Done ? text.toString() : text + " " + event;
  }

  /// Moves virtual time until something holds; other threads work meanwhile.
  private void until(java.util.function.BooleanSupplier condition) {
    org.peermind.testkit.Await.until(
        "the network",
        SOON,
        () -> {
          time.advance(Duration.ofMillis(1));
          return condition.getAsBoolean();
        });
  }

  private <T> T whileTimePasses(java.util.concurrent.Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    until(task::isDone);
    return task.get(1, TimeUnit.SECONDS);
  }

  @Test
  void answersAQuestionThroughTheReferee_andTellsNobodyElse() throws Exception {
    Inferer inferer = new Inferer(Script.answering(TEXT)).sunny();
    ContinuedAnswers user = user();
    Answer answer = whileTimePasses(() -> user.ask(query()));
    assertThat(whileTimePasses(() -> textOf(answer))).isEqualTo(TEXT);
    answer.close();
    until(() -> inferer.engine.slots().free() == 2);
    assertThat(whileTimePasses(user::models)).containsExactly(Parts.SERVED);
    assertThat(events).noneMatch(event -> (event + event.sentence()).contains("CANARY"));
    assertThat(events).noneMatch(event -> (event + event.sentence()).contains("Ilsa"));
    assertThat(listener.attachedPeers()).isEqualTo(2);
  }

  @Test
  void goesOnAtTheNextToken_whenTheEngineDiesInMidAnswer() throws Exception {
    new Inferer(Script.answering(TEXT).dyingAfter(321)).sunny();
    new Inferer(Script.answering(TEXT).dyingAfter(654)).sunny();
    new Inferer(Script.answering(TEXT)).sunny();
    ContinuedAnswers user = user();
    Answer answer = whileTimePasses(() -> user.ask(query()));
    assertThat(whileTimePasses(() -> textOf(answer))).isEqualTo(TEXT);
    answer.close();
  }

  @Test
  void goesOnElsewhere_whenTheInferersLinkIsCutInMidAnswer() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    List<Inferer> asked = new CopyOnWriteArrayList<>();
    List<Inferer> inferers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int number = i;
      inferers.add(
          new Inferer(
                  new Script(
                      _ -> {
                        asked.add(inferers.get(number));
                        return asked.size() == 1 ? held(gate) : TEXT;
                      },
                      java.util.Optional.empty(),
                      OptionalLong.empty()))
              .sunny());
    }
    ContinuedAnswers user = user();
    Answer answer = whileTimePasses(() -> user.ask(query()));
    until(() -> asked.size() == 1);
    asked.getFirst().die();
    assertThat(whileTimePasses(() -> textOf(answer))).isEqualTo(TEXT);
    gate.countDown();
    assertThat(asked.get(1)).isNotSameAs(asked.get(0));
    until(() -> asked.getFirst().engine.slots().free() == 2);
  }

  private static String held(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    return TEXT;
  }

  @Test
  void startsAtHome_andGoesOnInTheNetwork_whenTheSunSetsInMidAnswer() throws Exception {
    new Inferer(Script.answering(TEXT)).sunny();
    IdentityKey ownKey = Parts.key();
    EngineRoom own = Parts.engine(Script.answering(TEXT), 1, clock);
    own.apply(Activation.FULL);
    ContinuedAnswers user =
        user(new LocalSource(ownKey.id(), own, Parts.SECRETS, clock, events::add));
    Answer answer = whileTimePasses(() -> user.ask(query()));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      if (answer.next() instanceof AnswerEvent.Text(String more, var _)) {
        text.append(more);
      }
    }
    assertThat(own.slots().free()).isZero();
    own.apply(Activation.OFF);
    assertThat(text + whileTimePasses(() -> textOf(answer))).isEqualTo(TEXT);
    assertThat(own.slots().free()).isEqualTo(1);
    answer.close();
    assertThat(own.slots().free()).isEqualTo(1);
    assertThat(events).anyMatch(QueryEvent.AnswerContinued.class::isInstance);
  }

  @Test
  void asksTheNetwork_whenTheOwnSlotsAreTakenByBorrowedWork() throws Exception {
    new Inferer(Script.answering(TEXT)).sunny();
    EngineRoom own = Parts.engine(Script.answering("At home."), 1, clock);
    own.apply(Activation.FULL);
    ContinuedAnswers user =
        user(new LocalSource(Parts.key().id(), own, Parts.SECRETS, clock, events::add));
    assertThat(own.slots().take()).isTrue();
    Answer elsewhere = whileTimePasses(() -> user.ask(query()));
    assertThat(whileTimePasses(() -> textOf(elsewhere))).isEqualTo(TEXT);
    elsewhere.close();
    own.slots().giveBack();
    try (Answer home = whileTimePasses(() -> user.ask(query()))) {
      assertThat(textOf(home)).isEqualTo("At home.");
    }
    assertThat(own.slots().free()).isEqualTo(1);
    own.close();
  }

  @Test
  void freesEverything_whenTheUserClosesInMidAnswer() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Inferer inferer =
        new Inferer(new Script(_ -> held(gate), java.util.Optional.empty(), OptionalLong.empty()))
            .sunny();
    ContinuedAnswers user = user();
    Answer answer = whileTimePasses(() -> user.ask(query()));
    until(() -> inferer.engine.slots().free() == 1);
    answer.close();
    gate.countDown();
    until(() -> inferer.engine.slots().free() == 2);
  }

  @Test
  void refusesWithTheRefereesReason_whenNobodyHasPower() throws Exception {
    ContinuedAnswers user = user();
    QueryRefused refused =
        whileTimePasses(
            () -> {
              try {
                user.ask(query()).close();
                throw new AssertionError("answered without power");
              } catch (QueryRefused expected) {
                return expected;
              }
            });
    // A referee that has just started does not know yet whether there is power.
    assertThat(refused.code()).as(refused.reason()).isEqualTo(RefusalCode.NO_CAPACITY);
    assertThat(refused.retryAfterSeconds()).isPositive();
  }
}
