// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ScriptedEngine.Script;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.Query;
import org.peermind.node.query.QueryRefused;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.UserLease;
import org.peermind.protocol.wire.AssignRefused;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Assigned;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Offer;
import org.peermind.protocol.wire.Queued;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.VirtualClock;
import org.peermind.testkit.VirtualScheduler;

/// Design section 4: a node at its home and its standby referee.
class SeveralRefereesTest {
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final VirtualScheduler time = new VirtualScheduler(clock);
  private final IdentityKey key = Parts.key();
  private final List<IdentityKey> refereeKeys = keysByRank(key.id());
  private final PlayedReferees network = new PlayedReferees();
  private final PlayedReferee home = network.add(refereeKeys.get(0).id());
  private final PlayedReferee standby = network.add(refereeKeys.get(1).id());
  private final PlayedReferee third = network.add(refereeKeys.get(2).id());
  private final IdentityKey infererKey = Parts.key();
  private final HpkeKey infererHpke = HpkeKey.generate();
  private final BlockingQueue<AnswerEvent.Queued> places = new LinkedBlockingQueue<>();

  private static List<IdentityKey> keysByRank(NodeId self) {
    List<IdentityKey> keys = List.of(Parts.key(), Parts.key(), Parts.key());
    List<NodeId> ranked = RefereeRanking.of(self, keys.stream().map(IdentityKey::id).toList());
    return keys.stream()
        .sorted(Comparator.comparingInt(each -> ranked.indexOf(each.id())))
        .toList();
  }

  private RefereeSet referees(Role role) {
    return Parts.referees(
        key,
        HpkeKey.generate().publicKey(),
        clock,
        (delay, task) -> time.after(delay, task)::run,
        refereeKeys.stream().map(IdentityKey::id).toList(),
        role);
  }

  // The light user.

  private LightUserRole user() {
    RefereeSet referees = referees(Role.LIGHT_USER);
    LightUserRole user =
        LightUserRole.of(referees, key.id(), Parts.NETWORK, Parts.PLACE, clock, Parts.SECRETS);
    referees.start(network);
    home.attach();
    standby.attach();
    return user;
  }

  private FutureTask<Attempt> ask(LightUserRole user) {
    Query query =
        new Query(
            "demo",
            new Prompt.Chat(List.of(new ChatMessage("user", "Hi")), List.of()),
            50,
            new Sampling(0, 1, 0),
            OptionalLong.empty(),
            List.of());
    FutureTask<Attempt> asking =
        new FutureTask<>(() -> user.start(AnswerSoFar.none(query), places::add));
    Thread.ofVirtual().start(asking);
    return asking;
  }

  private static AssignRequest request(PlayedReferee referee) throws InterruptedException {
    return referee.next(Up::hasAssign).getAssign();
  }

  private static void refuse(PlayedReferee referee, AssignRequest request, RefusalCode code) {
    refuse(referee, request, code, 5);
  }

  private static void refuse(
      PlayedReferee referee, AssignRequest request, RefusalCode code, int retryAfterSeconds) {
    referee.tell(
        Down.newBuilder()
            .setAssignRefused(
                AssignRefused.newBuilder()
                    .setRequest(request.getRequest())
                    .setCode(code.text())
                    .setReason("The reason " + code + ".")
                    .setRetryAfterSeconds(retryAfterSeconds))
            .build());
  }

  private Ticket assign(PlayedReferee referee, IdentityKey signer, AssignRequest request) {
    Ticket ticket = Parts.ticket(infererKey.id(), Parts.id(), clock.instant());
    UserLease lease =
        new UserLease(
            Parts.NETWORK, key.id(), infererKey.id(), signer.id(), clock.instant().plusSeconds(60));
    referee.tell(
        Down.newBuilder()
            .setAssigned(
                Assigned.newBuilder()
                    .setRequest(request.getRequest())
                    .setTicket(ticket.sign(signer).wire())
                    .setInfererRecord(
                        Parts.record(
                                infererKey, infererHpke.publicKey(), clock.instant(), Role.INFERER)
                            .wire())
                    .setLease(lease.sign(signer).wire()))
            .build());
    return ticket;
  }

  private static <T> T get(FutureTask<T> task) throws Exception {
    return task.get(10, TimeUnit.SECONDS);
  }

  @Test
  void asksTheStandby_whenTheHomeHasNobody() throws Exception {
    FutureTask<Attempt> asking = ask(user());
    AssignRequest first = request(home);
    assertThat(first.getMayQueue()).isFalse();
    refuse(home, first, RefusalCode.UNKNOWN_MODEL);
    assign(standby, refereeKeys.get(1), request(standby));
    assertThat(get(asking).worker()).isEqualTo(infererKey.id());
  }

  @Test
  void asksTheStandbyAtOnce_whenTheHomeDiesWhileItIsAsked() throws Exception {
    FutureTask<Attempt> asking = ask(user());
    request(home);
    home.detach();
    assign(standby, refereeKeys.get(1), request(standby));
    assertThat(get(asking).worker()).isEqualTo(infererKey.id());
  }

  @Test
  void asksTheStandby_whenTheHomeIsSilent_andTakesItsRequestBack() throws Exception {
    FutureTask<Attempt> asking = ask(user());
    AssignRequest unanswered = request(home);
    assign(standby, refereeKeys.get(1), request(standby));
    assertThat(get(asking).worker()).isEqualTo(infererKey.id());
    assertThat(home.next(Up::hasCancelAssign).getCancelAssign().getRequest())
        .isEqualTo(unanswered.getRequest());
  }

  @Test
  void waitsWhereTheWaitIsShortest_whenAllPlacesAreTaken_andTellsItsPlace() throws Exception {
    FutureTask<Attempt> asking = ask(user());
    refuse(home, request(home), RefusalCode.NO_USER_SLOT, 40);
    refuse(standby, request(standby), RefusalCode.NO_CAPACITY, 7);
    AssignRequest waiting = request(standby);
    assertThat(waiting.getMayQueue()).isTrue();
    standby.tell(
        Down.newBuilder()
            .setQueued(
                Queued.newBuilder()
                    .setRequest(waiting.getRequest())
                    .setPosition(3)
                    .setExpectedWaitMs(12_000))
            .build());
    assertThat(places.poll(10, TimeUnit.SECONDS))
        .isEqualTo(new AnswerEvent.Queued(3, Duration.ofSeconds(12)));
    assign(standby, refereeKeys.get(1), waiting);
    assertThat(get(asking).worker()).isEqualTo(infererKey.id());
  }

  @Test
  void queuesWhereSomebodyAnswers_thoughTheSilentHomeNamesNoLongWait() throws Exception {
    FutureTask<Attempt> asking = ask(user());
    request(home);
    refuse(standby, request(standby), RefusalCode.NO_CAPACITY, 40);
    AssignRequest waiting = request(standby);
    assertThat(waiting.getMayQueue()).isTrue();
    assign(standby, refereeKeys.get(1), waiting);
    assertThat(get(asking).worker()).isEqualTo(infererKey.id());
  }

  @Test
  void tellsNoWaitThatIsNegativeOrLongerThanADay() {
    LightUserRole user = user();
    standby.detach();
    FutureTask<Attempt> asking = ask(user);
    assertThatThrownBy(
            () -> {
              refuse(home, request(home), RefusalCode.NO_POWER, -1);
              get(asking);
            })
        .cause()
        .isInstanceOfSatisfying(
            QueryRefused.class,
            refused -> assertThat(refused.retryAfterSeconds()).isEqualTo(24 * 3_600));
  }

  @Test
  void leavesTheQueue_whenNobodyWaitsForTheAnswerAnyMore() throws Exception {
    LightUserRole user = user();
    standby.detach();
    FutureTask<Attempt> asking = ask(user);
    AssignRequest waiting = request(home);
    assertThat(waiting.getMayQueue()).isTrue();
    asking.cancel(true);
    assertThat(home.next(Up::hasCancelAssign).getCancelAssign().getRequest())
        .isEqualTo(waiting.getRequest());
  }

  @Test
  void showsTheLeaseOfTheDeadHome_toTheStandby() throws Exception {
    LightUserRole user = user();
    FutureTask<Attempt> first = ask(user);
    AssignRequest request = request(home);
    assertThat(request.hasLease()).isFalse();
    assign(home, refereeKeys.getFirst(), request);
    get(first).close();
    home.detach();
    FutureTask<Attempt> second = ask(user);
    UserLease shown = UserLease.open(SignedEnvelope.of(request(standby).getLease()));
    assertThat(shown.referee()).isEqualTo(refereeKeys.getFirst().id());
    assertThat(shown.inferer()).isEqualTo(infererKey.id());
    second.cancel(true);
  }

  @Test
  void tellsWhichReferees_whenNoneIsReachable() {
    LightUserRole user = user();
    home.detach();
    standby.detach();
    assertThatThrownBy(() -> get(ask(user)))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            QueryRefused.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(RefusalCode.NO_REFEREE);
              assertThat(refused.reason())
                  .startsWith("No referee is reachable: ")
                  .contains(refereeKeys.get(0).id().shortText())
                  .contains(refereeKeys.get(1).id().shortText());
              assertThat(refused.retryAfterSeconds()).isPositive();
            });
  }

  @Test
  void breaksOnlyTheAnswersThatTheLostRefereeRelayed() throws Exception {
    LightUserRole user = user();
    FutureTask<Attempt> first = ask(user);
    assign(home, refereeKeys.get(0), request(home));
    Attempt atHome = get(first);
    FutureTask<Attempt> second = ask(user);
    refuse(home, request(home), RefusalCode.NO_CAPACITY);
    assign(standby, refereeKeys.get(1), request(standby));
    Attempt atStandby = get(second);
    standby.detach();
    assertThat(atStandby.next(Duration.ofSeconds(10)))
        .isInstanceOfSatisfying(
            AttemptEvent.Broken.class,
            broken -> assertThat(broken.code()).isEqualTo(RefusalCode.NO_REFEREE));
    assertThat(atHome.next(Duration.ZERO))
        .as("only silence, nothing of a loss")
        .isInstanceOfSatisfying(
            AttemptEvent.Broken.class,
            broken -> assertThat(broken.code()).isEqualTo(RefusalCode.INFERER_FAILED));
  }

  @Test
  void learnsAReferee_fromOneThatItIsAttachedTo() throws Exception {
    IdentityKey newcomer = Parts.key();
    RefereeSet referees = referees(Role.LIGHT_USER);
    network.add(newcomer.id());
    referees.start(network);
    SignedEnvelope record = record(newcomer, "192.0.2.9:4477");
    SignedEnvelope noReferee =
        Parts.record(infererKey, infererHpke.publicKey(), clock.instant(), Role.INFERER);
    home.attach(Attached.newBuilder().addReferees(record.wire()).addReferees(noReferee.wire()));
    assertThat(referees.known())
        .extracting(known -> known.node())
        .hasSize(4)
        .contains(newcomer.id())
        .doesNotContain(infererKey.id());
    referees.close();
  }

  private SignedEnvelope record(IdentityKey referee, String address) {
    return new NodeRecord(
            referee.id(),
            Parts.NETWORK,
            1,
            Set.of(Role.REFEREE),
            Parts.PLACE,
            HpkeKey.generate().publicKey(),
            clock.instant().plusSeconds(60),
            List.of(address),
            "test")
        .sign(referee);
  }

  /// Only `home` is configured; the other one is learned, and moves to another machine.
  @Test
  void dialsALearnedRefereeAtItsNewAddress_onceTheOldOneIsLost() throws Exception {
    IdentityKey other = Parts.key();
    PlayedReferee played = network.add(other.id());
    RefereeSet referees =
        Parts.referees(
            key,
            HpkeKey.generate().publicKey(),
            clock,
            (delay, task) -> time.after(delay, task)::run,
            List.of(refereeKeys.getFirst().id()),
            Role.LIGHT_USER);
    referees.start(network);
    home.attach(Attached.newBuilder().addReferees(record(other, "192.0.2.9:4477").wire()));
    played.attach();
    assertThat(played.dialledAt()).isEqualTo("192.0.2.9:4477");

    home.attach(Attached.newBuilder().addReferees(record(other, "192.0.2.10:4477").wire()));
    assertThat(played.dialledAt()).as("while it is attached").isEqualTo("192.0.2.9:4477");
    played.detach();

    assertThat(played.dialledAt()).isEqualTo("192.0.2.10:4477");
    home.attach(Attached.newBuilder().addReferees(record(other, "192.0.2.11:4477").wire()));
    assertThat(played.dialledAt()).as("while it cannot be had").isEqualTo("192.0.2.11:4477");
    referees.close();
  }

  // The inferer.

  private HeadroomReport report(PlayedReferee referee) throws Exception {
    return HeadroomReport.open(SignedEnvelope.of(referee.next(Up::hasReport).getReport()));
  }

  @Test
  void reportsToBoth_andNamesTheStandbyAtOnce_whenTheHomeIsLost() throws Exception {
    EngineHouse house = new EngineHouse();
    home.attach();
    standby.attach();
    NodeId first = refereeKeys.get(0).id();
    NodeId second = refereeKeys.get(1).id();
    assertThat(report(home).home()).isEqualTo(first);
    HeadroomReport before = report(standby);
    assertThat(before.home()).isEqualTo(first);
    home.detach();
    time.advance(Duration.ZERO);
    HeadroomReport moved = report(standby);
    assertThat(moved.home()).isEqualTo(second);
    assertThat(moved.sequence()).isEqualTo(before.sequence() + 1);
    home.attach();
    assertThat(report(home).home()).isEqualTo(second);
    time.advance(HomeChoice.Rules.standard().steady().plusSeconds(1));
    house.drain(standby);
    house.drain(home);
    time.advance(Duration.ofSeconds(11));
    assertThat(report(home).home()).isEqualTo(first);
    house.close();
  }

  @Test
  void dialsTheThird_whenTheHomeIsGoneForLong() throws Exception {
    EngineHouse house = new EngineHouse();
    home.attach();
    standby.attach();
    home.detach();
    time.advance(HomeChoice.Rules.standard().goneAfter().plusSeconds(1));
    third.attach();
    assertThat(report(third).home()).isEqualTo(refereeKeys.get(1).id());
    house.close();
  }

  @Test
  void sharesItsSlotsBetweenBothDesks() throws Exception {
    EngineHouse house = new EngineHouse();
    home.attach();
    standby.attach();
    assertThat(house.accepts(home)).isTrue();
    assertThat(house.accepts(standby)).isTrue();
    assertThat(house.accepts(home)).as("a third answer in two slots").isFalse();
    home.detach();
    assertThat(house.engine.slots().free()).as("what the lost one reserved").isEqualTo(1);
    assertThat(house.accepts(standby)).isTrue();
    house.close();
  }

  /// An inferer with two slots and power.
  private final class EngineHouse {
    final EngineRoom engine = Parts.engine(Script.answering("Hello."), 2, clock);
    final InfererRole inferer;
    final RefereeSet referees = referees(Role.INFERER);

    EngineHouse() {
      inferer =
          InfererRole.of(
              referees,
              key,
              new HpkeKeyRing(clock),
              Parts.NETWORK,
              engine,
              "simulated",
              EnergyTime.real(clock),
              clock,
              Parts.SECRETS,
              (delay, task) -> time.after(delay, task)::run,
              _ -> {});
      engine.apply(Activation.FULL);
      inferer.decided(Parts.decision(Activation.FULL));
      referees.start(network);
    }

    void drain(PlayedReferee referee) {
      boolean more = true;
      while (more) {
        more = referee.already().isPresent();
      }
    }

    boolean accepts(PlayedReferee referee) throws Exception {
      referee.tell(
          Down.newBuilder()
              .setOffer(
                  Offer.newBuilder()
                      .setOffer(ByteString.copyFrom(Parts.id().toBytes()))
                      .setModelSha256(ByteString.copyFrom(Parts.MODEL.toBytes())))
              .build());
      return OfferReply.open(SignedEnvelope.of(referee.next(Up::hasOfferReply).getOfferReply()))
          .nonce()
          .isPresent();
    }

    void close() {
      inferer.close();
      referees.close();
      engine.close();
    }
  }
}
