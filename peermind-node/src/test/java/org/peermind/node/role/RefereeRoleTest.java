// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.node.config.ConfigException;
import org.peermind.node.transport.Admission;
import org.peermind.node.transport.PeerLink;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.HpkePublicKey;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.UserLease;
import org.peermind.protocol.Watts;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Assigned;
import org.peermind.protocol.wire.CancelAssign;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.Queued;
import org.peermind.protocol.wire.SessionEnd;
import org.peermind.protocol.wire.StatusQuery;
import org.peermind.protocol.wire.Up;
import org.peermind.referee.RefereeSettings;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.NodeEvent;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;
import org.peermind.testkit.VirtualScheduler;

class RefereeRoleTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path directory;
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final VirtualScheduler time = new VirtualScheduler(clock);
  private final IdentityKey refereeKey = Parts.key();
  private final IdentityKey infererKey = Parts.key();
  private final IdentityKey userKey = Parts.key();
  private final HpkePublicKey hpke = HpkeKey.generate().publicKey();
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private RefereeRole referee;

  @BeforeEach
  void start() throws ConfigException {
    referee = role(false);
  }

  @AfterEach
  void close() {
    referee.close();
    assertThat(events).noneMatch(NodeEvent.UnexpectedFailure.class::isInstance);
  }

  private RefereeRole role(boolean invitationRequired) throws ConfigException {
    return RefereeRole.of(
        refereeKey,
        Parts.NETWORK,
        invitationRequired,
        directory.resolve("members"),
        RefereeSettings.defaults(),
        clock,
        new Random(1),
        (delay, task) -> time.after(delay, task)::run,
        events::add,
        Parts.record(refereeKey, hpke, clock.instant(), Role.REFEREE),
        Set.of());
  }

  /// A node's stream, seen from the referee.
  private static final class Link implements PeerLink {
    private final NodeId id;
    private final BlockingQueue<Down> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> closed = new LinkedBlockingQueue<>();
    private volatile boolean slow;

    Link(NodeId id) {
      this.id = id;
    }

    @Override
    public NodeId id() {
      return id;
    }

    @Override
    public boolean send(Down message) {
      return !slow && received.add(message);
    }

    @Override
    public void close(String reason) {
      closed.add(reason);
    }

    Down next(Predicate<Down> kind) throws InterruptedException {
      while (true) {
        Down message = received.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
        if (message == null) {
          throw new AssertionError("the referee sent nothing of the kind");
        }
        if (kind.test(message)) {
          return message;
        }
      }
    }

    String reasonOfClosing() throws InterruptedException {
      String reason = closed.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
      return reason == null ? "not closed" : reason;
    }
  }

  private Hello hello(IdentityKey key, Role... roles) {
    return Hello.newBuilder()
        .setProtocol(Gatekeeper.PROTOCOL)
        .setRecord(Parts.record(key, hpke, clock.instant(), roles).wire())
        .setClockMs(clock.millis())
        .build();
  }

  private Link attached(IdentityKey key, Role... roles) {
    assertThat(referee.onHello(key.id(), hello(key, roles))).isInstanceOf(Admission.Admitted.class);
    Link link = new Link(key.id());
    referee.onAttached(link);
    return link;
  }

  private String refusal(RefereeRole role, IdentityKey key, Hello hello) {
    return role.onHello(key.id(), hello) instanceof Admission.Refused(String reason)
        ? reason
        : "admitted";
  }

  private SignedEnvelope report(IdentityKey signer, long sequence) {
    return new HeadroomReport(
            sequence,
            "",
            clock.instant(),
            Activation.FULL,
            Optional.of(new Watts(900)),
            Optional.of(new Watts(800)),
            Optional.of(new Watts(20)),
            1,
            "ok",
            OptionalDouble.empty(),
            "pv",
            "http",
            false,
            false,
            false,
            2,
            2,
            List.of(Parts.SERVED),
            "The sun shines.",
            Optional.empty(),
            Optional.empty(),
            refereeKey.id(),
            Optional.of(Parts.MEASURED))
        .sign(signer);
  }

  private static AssignRequest.Builder request() {
    return AssignRequest.newBuilder()
        .setRequest(ByteString.copyFrom(Parts.id().toBytes()))
        .setModel("demo")
        .setPromptBytes(512)
        .setTokensMax(50)
        .setPlaceCell(Parts.PLACE.geohash());
  }

  private static Up assign(AssignRequest.Builder request) {
    return Up.newBuilder().setAssign(request).build();
  }

  /// A user and an inferer with a session between them.
  private final class Session {
    private final Link inferer = attached(infererKey, Role.INFERER);
    private final Link user = attached(userKey, Role.LIGHT_USER);
    private final Ticket ticket;
    private final UserLease lease;

    Session() throws Exception {
      referee.onMessage(inferer, Parts.reportOf(report(infererKey, 1)));
      referee.onMessage(user, assign(request()));
      Id16 offer = Id16.ofBytes(inferer.next(Down::hasOffer).getOffer().getOffer().toByteArray());
      SignedEnvelope reply = OfferReply.accepted(offer, Parts.id()).sign(infererKey);
      referee.onMessage(inferer, Up.newBuilder().setOfferReply(reply.wire()).build());
      Assigned assigned = user.next(Down::hasAssigned).getAssigned();
      ticket = Ticket.open(SignedEnvelope.of(assigned.getTicket()), refereeKey.id());
      lease = UserLease.open(SignedEnvelope.of(assigned.getLease()));
      assertThat(inferer.next(Down::hasGranted).getGranted().getTicket())
          .isEqualTo(assigned.getTicket());
    }

    ByteString id() {
      return ByteString.copyFrom(ticket.session().toBytes());
    }

    Up frame(int sequence) {
      return Up.newBuilder()
          .setFrame(Frame.newBuilder().setSession(id()).setSequence(sequence))
          .build();
    }
  }

  @Test
  void passesFramesBothWays_betweenTheTwoSidesOfASession() throws Exception {
    Session session = new Session();
    referee.onMessage(session.user, session.frame(3));
    assertThat(session.inferer.next(Down::hasFrame).getFrame().getSequence()).isEqualTo(3);
    referee.onMessage(session.inferer, session.frame(4));
    assertThat(session.user.next(Down::hasFrame).getFrame().getSequence()).isEqualTo(4);
  }

  @Test
  void signsALease_forTheUsersSlot() throws Exception {
    UserLease lease = new Session().lease;
    assertThat(lease.user()).isEqualTo(userKey.id());
    assertThat(lease.inferer()).isEqualTo(infererKey.id());
    assertThat(lease.until()).isEqualTo(clock.instant().plus(Duration.ofMinutes(10)));
  }

  @Test
  void tellsAWaitingUserItsPlace_andForgetsACancelledRequest() throws Exception {
    Session session = new Session();
    referee.onMessage(session.user, assign(request()));
    session.inferer.next(Down::hasOffer);
    AssignRequest.Builder third = request().setMayQueue(true).setDeadlineMs(60_000);
    referee.onMessage(session.user, assign(third));
    Queued queued = session.user.next(Down::hasQueued).getQueued();
    assertThat(queued.getRequest()).isEqualTo(third.getRequest());
    assertThat(queued.getPosition()).isEqualTo(1);
    assertThat(queued.getExpectedWaitMs()).isEqualTo(10_000);

    CancelAssign cancel = CancelAssign.newBuilder().setRequest(third.getRequest()).build();
    referee.onMessage(session.user, Up.newBuilder().setCancelAssign(cancel).build());
    referee.onMessage(session.user, assign(request().setMayQueue(true)));
    assertThat(session.user.next(Down::hasQueued).getQueued().getPosition()).isEqualTo(1);
  }

  @Test
  void letsNoThirdNodeIntoASession() throws Exception {
    Session session = new Session();
    Link third = attached(Parts.key(), Role.LIGHT_USER);
    referee.onMessage(third, session.frame(0));
    assertThat(third.next(Down::hasNoRoute).getNoRoute().getSession()).isEqualTo(session.id());
    referee.onMessage(
        third, Up.newBuilder().setEnd(SessionEnd.newBuilder().setSession(session.id())).build());
    referee.onMessage(session.user, session.frame(1));
    assertThat(session.inferer.next(Down::hasFrame).getFrame().getSequence()).isEqualTo(1);
    assertThat(session.user.received).isEmpty();
  }

  @Test
  void endsOnlyTheSession_ofAReaderThatIsTooSlow() throws Exception {
    Session session = new Session();
    session.user.slow = true;
    referee.onMessage(session.inferer, session.frame(0));
    Await.until("the end", SOON, () -> answersNoRoute(session));
    assertThat(session.user.closed).isEmpty();
    assertThat(session.inferer.closed).isEmpty();
  }

  private boolean answersNoRoute(Session session) {
    referee.onMessage(session.inferer, session.frame(1));
    return session.inferer.received.stream().anyMatch(Down::hasNoRoute);
  }

  @Test
  void tellsTheOtherSide_whenOneEndsTheSessionOrLeaves() throws Exception {
    Session session = new Session();
    referee.onMessage(
        session.user,
        Up.newBuilder().setEnd(SessionEnd.newBuilder().setSession(session.id())).build());
    assertThat(session.inferer.next(Down::hasPeerGone).getPeerGone().getSession())
        .isEqualTo(session.id());
  }

  @Test
  void tellsTheUser_whenItsInfererLeaves() throws Exception {
    Session session = new Session();
    referee.onDetached(session.inferer, "It went.");
    assertThat(session.user.next(Down::hasPeerGone).getPeerGone().getSession())
        .isEqualTo(session.id());
  }

  @Test
  void closesTheLink_ofANodeThatHandsInAnothersReportOrReply() throws Exception {
    Link inferer = attached(infererKey, Role.INFERER);
    referee.onMessage(inferer, Parts.reportOf(report(userKey, 1)));
    assertThat(inferer.reasonOfClosing()).contains("signed by another node");
    SignedEnvelope reply = OfferReply.declined(Parts.id(), "No.").sign(userKey);
    referee.onMessage(inferer, Up.newBuilder().setOfferReply(reply.wire()).build());
    assertThat(inferer.reasonOfClosing()).contains("signed by another node");
  }

  @Test
  void closesTheLink_whenTheChainOfReportsIsBroken() throws Exception {
    Link inferer = attached(infererKey, Role.INFERER);
    referee.onMessage(inferer, Parts.reportOf(report(infererKey, 5)));
    assertThat(inferer.reasonOfClosing()).contains("Report 5 came where report 1 was due.");
  }

  @Test
  void closesTheLink_ofRequestsOutOfRange() throws Exception {
    Link user = attached(userKey, Role.LIGHT_USER);
    AssignRequest.Builder crowded = request();
    for (int i = 0; i < 33; i++) {
      crowded.addExcluded(ByteString.copyFrom(userKey.id().toBytes()));
    }
    for (AssignRequest.Builder wrong :
        List.of(
            request().setModel("m".repeat(101)),
            request().setTokensMax(0),
            request().setTokensMax(1_000_001),
            request().setPromptBytes(-1),
            request().setPlaceCell("nowhere!"),
            request().setRequest(ByteString.EMPTY),
            crowded)) {
      referee.onMessage(user, assign(wrong));
      assertThat(user.reasonOfClosing()).startsWith("The referee refused a message: ");
    }
  }

  @Test
  void refusesWithAReason_whenNobodyHasPower() throws Exception {
    Link user = attached(userKey, Role.LIGHT_USER);
    referee.onMessage(user, assign(request()));
    assertThat(user.next(Down::hasAssignRefused).getAssignRefused().getReason()).isNotBlank();
  }

  @Test
  void answersStatusQueries() throws Exception {
    Link user = attached(userKey, Role.LIGHT_USER);
    referee.onMessage(
        user, Up.newBuilder().setStatusQuery(StatusQuery.newBuilder().setId(9)).build());
    assertThat(user.next(Down::hasNetworkStatus).getNetworkStatus())
        .satisfies(
            status -> {
              assertThat(status.getId()).isEqualTo(9);
              assertThat(status.getNodesCount()).isEqualTo(1);
            });
  }

  @Test
  void asksANodeToComeAgain_whenItsRecordHasExpired() throws Exception {
    Link inferer = attached(infererKey, Role.INFERER);
    time.advance(Duration.ofDays(2).minusSeconds(10));
    assertThat(inferer.closed).isEmpty();
    time.advance(Duration.ofSeconds(12));
    assertThat(inferer.reasonOfClosing()).contains("record has expired");
  }

  @Test
  void refusesARecord_thatHasExpiredAlready() {
    Hello old =
        hello(userKey, Role.LIGHT_USER).toBuilder()
            .setRecord(
                Parts.record(
                        userKey, hpke, clock.instant().minus(Duration.ofDays(3)), Role.LIGHT_USER)
                    .wire())
            .build();
    assertThat(refusal(referee, userKey, old)).contains("set the node's clock");
  }

  @Test
  void refusesOtherVersionsNetworksAndRecords_inASentence() {
    Hello right = hello(userKey, Role.LIGHT_USER);
    assertThat(refusal(referee, userKey, right.toBuilder().setProtocol(2).build()))
        .contains("version 1 of the protocol and the node version 2");
    assertThat(refusal(referee, infererKey, right)).isEqualTo("The node's record is not its own.");
    SignedEnvelope other =
        Parts.record(userKey, hpke, new NetworkName("other"), clock.instant(), Role.LIGHT_USER);
    assertThat(refusal(referee, userKey, right.toBuilder().setRecord(other.wire()).build()))
        .isEqualTo("This referee is of the network home, the node of the network other.");
    assertThat(refusal(referee, userKey, Hello.newBuilder().setProtocol(1).build()))
        .isNotEqualTo("admitted");
  }

  @Test
  void toleratesAnyClockInAHello() {
    for (long wrong : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      Hello odd = hello(userKey, Role.LIGHT_USER).toBuilder().setClockMs(wrong).build();
      assertThat(refusal(referee, userKey, odd)).isEqualTo("admitted");
      referee.onAttached(new Link(userKey.id()));
    }
    assertThat(attached(infererKey, Role.INFERER).closed).isEmpty();
  }

  private Hello invited(IdentityKey key, Invitation invitation, IdentityKey signer) {
    return hello(key, Role.LIGHT_USER).toBuilder()
        .setInvitation(invitation.sign(signer).wire())
        .build();
  }

  private Invitation invitation(NetworkName network, NodeId from, Duration valid) {
    return new Invitation(network, from, List.of("192.0.2.1:4477"), clock.instant().plus(valid));
  }

  @Test
  void takesNewMembersByItsOwnValidInvitationOnly() throws Exception {
    RefereeRole strict = role(true);
    Duration day = Duration.ofDays(1);
    Invitation right = invitation(Parts.NETWORK, refereeKey.id(), day);
    IdentityKey other = Parts.key();
    assertThat(refusal(strict, userKey, hello(userKey, Role.LIGHT_USER)))
        .contains("by invitation; ask for one");
    assertThat(
            refusal(
                strict,
                userKey,
                invited(
                    userKey,
                    invitation(Parts.NETWORK, refereeKey.id(), day.negated()),
                    refereeKey)))
        .contains("expired");
    assertThat(
            refusal(
                strict,
                userKey,
                invited(userKey, invitation(Parts.NETWORK, other.id(), day), other)))
        .contains("which this referee does not know");
    assertThat(refusal(strict, userKey, invited(userKey, right, other)))
        .contains("not signed by the referee");
    assertThat(refusal(strict, userKey, invited(userKey, right, refereeKey))).isEqualTo("admitted");
    strict.close();
  }

  @Test
  void remembersItsMembersOverARestart() throws Exception {
    RefereeRole strict = role(true);
    Invitation right = invitation(Parts.NETWORK, refereeKey.id(), Duration.ofDays(1));
    assertThat(refusal(strict, userKey, invited(userKey, right, refereeKey))).isEqualTo("admitted");
    strict.close();
    RefereeRole again = role(true);
    assertThat(refusal(again, userKey, hello(userKey, Role.LIGHT_USER))).isEqualTo("admitted");
    assertThat(refusal(again, infererKey, hello(infererKey, Role.INFERER)))
        .isNotEqualTo("admitted");
    again.close();
  }

  @Test
  void refusesADamagedListOfMembers_withItsLine() throws Exception {
    Path members = directory.resolve("members");
    Files.writeString(members, userKey.id() + "\nnonsense\n");
    assertThatThrownBy(() -> role(true))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            members
                + ", line 2 holds no node id; remove the line, and the node needs a new"
                + " invitation.");
  }

  @Test
  void beginsANewLine_whenTheListOfMembersEndsWithoutOne() throws Exception {
    Path members = directory.resolve("members");
    Files.writeString(members, userKey.id().toString());
    RefereeRole strict = role(true);
    Invitation right = invitation(Parts.NETWORK, refereeKey.id(), Duration.ofDays(1));
    assertThat(refusal(strict, infererKey, invited(infererKey, right, refereeKey)))
        .isEqualTo("admitted");
    strict.close();
    assertThat(Files.readAllLines(members))
        .containsExactly(userKey.id().toString(), infererKey.id().toString());
  }
}
