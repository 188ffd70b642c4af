// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.peermind.inference.ScriptedEngine.Script;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.ChatTurn;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Granted;
import org.peermind.protocol.wire.Offer;
import org.peermind.protocol.wire.OfferWithdrawn;
import org.peermind.protocol.wire.PeerGone;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.SessionEnd;
import org.peermind.protocol.wire.Up;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.QueryEvent;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;
import org.peermind.testkit.VirtualScheduler;

class InfererRoleTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int SLOTS = 2;

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final VirtualScheduler time = new VirtualScheduler(clock);
  private final IdentityKey refereeKey = Parts.key();
  private final IdentityKey key = Parts.key();
  private final HpkeKeyRing hpke = new HpkeKeyRing(clock);
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final PlayedReferee referee = new PlayedReferee(Parts.START.toEpochMilli());
  private final RefereeSet referees =
      Parts.referees(key, hpke.publicKey(), clock, List.of(refereeKey.id()), Role.INFERER);
  private final EngineRoom engine;
  private volatile boolean isEngineHeld;
  private final InfererRole inferer;

  InfererRoleTest() {
    engine =
        Parts.engine(
            new Script(_ -> helloUnlessHeld(), Optional.empty(), OptionalLong.empty()),
            SLOTS,
            clock);
    inferer =
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
            (delay, task) -> time.after(delay, task)::run,
            events::add);
    referees.start(referee);
  }

  @AfterEach
  void close() {
    inferer.close();
    engine.close();
  }

  private String helloUnlessHeld() {
    Await.until("the engine", SOON, () -> !isEngineHeld);
    return "Hello there.";
  }

  private void attachWithPower() {
    engine.apply(Activation.FULL);
    inferer.decided(Parts.decision(Activation.FULL));
    referee.attach();
  }

  private static Down offer(Id16 id) {
    return Down.newBuilder()
        .setOffer(
            Offer.newBuilder()
                .setOffer(ByteString.copyFrom(id.toBytes()))
                .setModelSha256(ByteString.copyFrom(Parts.MODEL.toBytes())))
        .build();
  }

  private OfferReply replyTo(Id16 offer) throws Exception {
    referee.tell(offer(offer));
    return OfferReply.open(SignedEnvelope.of(referee.next(Up::hasOfferReply).getOfferReply()));
  }

  private List<Up> sentAlready() {
    return Stream.generate(referee::already)
        .takeWhile(Optional::isPresent)
        .map(Optional::get)
        .toList();
  }

  private static Down granted(SignedEnvelope ticket) {
    return Down.newBuilder().setGranted(Granted.newBuilder().setTicket(ticket.wire())).build();
  }

  private Asked grantedSession() throws Exception {
    Id16 nonce = replyTo(Parts.id()).nonce().orElseThrow();
    Ticket ticket = Parts.ticket(key.id(), nonce, clock.instant());
    SignedEnvelope signed = ticket.sign(refereeKey);
    referee.tell(granted(signed));
    return new Asked(ticket, QueryCipher.ofUser(ticket.session(), signed, hpke.publicKey()));
  }

  /// A user's side of a session.
  private record Asked(Ticket ticket, QueryCipher cipher) {
    Down frame(byte[] content, int sequence, boolean last) {
      return Down.newBuilder()
          .setFrame(
              Frame.newBuilder()
                  .setSession(ByteString.copyFrom(ticket.session().toBytes()))
                  .setSequence(sequence)
                  .setSealed(ByteString.copyFrom(cipher.sealQuestion(content, last)))
                  .setLast(last))
          .build();
    }

    Down gone() {
      return Down.newBuilder()
          .setPeerGone(
              PeerGone.newBuilder().setSession(ByteString.copyFrom(ticket.session().toBytes())))
          .build();
    }

    AnswerFrame open(Up message) throws Exception {
      Frame frame = message.getFrame();
      return AnswerFrame.parseFrom(
          cipher.openAnswer(frame.getSealed().toByteArray(), frame.getLast()));
    }
  }

  private static Question question(String text) {
    return Question.newBuilder()
        .addTurns(ChatTurn.newBuilder().setRole("user").setContent(text))
        .setTokensMax(50)
        .setTopP(1)
        .build();
  }

  private String answerOf(Asked asked) throws Exception {
    StringBuilder text = new StringBuilder();
    while (true) {
      AnswerFrame frame = asked.open(referee.next(Up::hasFrame));
      text.append(frame.getTokens().getText());
      if (frame.hasFinished() || frame.hasFailure()) {
        return frame.hasFailure() ? "failed: " + frame.getFailure().getCode() : text.toString();
      }
    }
  }

  private void untilSlotsAreFree(int free) {
    Await.until(free + " free slots", SOON, () -> engine.slots().free() == free);
  }

  @Test
  void answersATicketsQuestion_andFreesTheSlot() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    assertThat(engine.slots().free()).isEqualTo(SLOTS - 1);
    referee.tell(asked.frame(question("Hi").toByteArray(), 0, true));
    assertThat(answerOf(asked)).isEqualTo("Hello there.");
    SessionEnd end = referee.next(Up::hasEnd).getEnd();
    assertThat(end.getSession()).isEqualTo(ByteString.copyFrom(asked.ticket().session().toBytes()));
    untilSlotsAreFree(SLOTS);
    assertThat(events)
        .filteredOn(QueryEvent.GenerationEnded.class::isInstance)
        .singleElement()
        .satisfies(
            ended ->
                assertThat(((QueryEvent.GenerationEnded) ended).ending())
                    .isEqualTo(QueryEvent.Ending.STOP))
        .satisfies(
            ended ->
                assertThat(((QueryEvent.GenerationEnded) ended).completionTokens())
                    .isPositive()
                    .isEqualTo(end.getTokens()));
  }

  @Test
  void tellsTheEndingByLength_inItsEvent() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    Question brief = question("Hi").toBuilder().setTokensMax(3).build();
    referee.tell(asked.frame(brief.toByteArray(), 0, true));
    assertThat(answerOf(asked)).isEqualTo("Hel");
    untilSlotsAreFree(SLOTS);
    assertThat(events)
        .filteredOn(QueryEvent.GenerationEnded.class::isInstance)
        .singleElement()
        .satisfies(
            ended ->
                assertThat(((QueryEvent.GenerationEnded) ended).ending())
                    .isEqualTo(QueryEvent.Ending.LENGTH));
  }

  @Test
  void putsAQuestionOfSeveralFramesTogether() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    byte[] bytes = question("word ".repeat(400)).toByteArray();
    int third = bytes.length / 3;
    referee.tell(asked.frame(java.util.Arrays.copyOfRange(bytes, 0, third), 0, false));
    referee.tell(asked.frame(java.util.Arrays.copyOfRange(bytes, third, 2 * third), 1, false));
    referee.tell(
        asked.frame(java.util.Arrays.copyOfRange(bytes, 2 * third, bytes.length), 2, true));
    assertThat(answerOf(asked)).isEqualTo("Hello there.");
  }

  @Test
  void endsTheSession_whenAFrameOfTheQuestionIsMissing() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    asked.frame(new byte[10], 0, false);
    referee.tell(asked.frame(new byte[10], 1, true));
    untilSlotsAreFree(SLOTS);
    assertThat(events).anyMatch(NetworkEvent.TicketRefused.class::isInstance);
  }

  @Test
  void endsTheSession_whenTheQuestionIsLargerThanAllowed() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    int frames = 1024 * 1024 / QueryCipher.CONTENT_BYTES_MAX + 3;
    for (int i = 0; i < frames; i++) {
      referee.tell(asked.frame(new byte[QueryCipher.CONTENT_BYTES_MAX], i, false));
    }
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
  }

  @Test
  void endsTheSession_whenTheQuestionIsGarbage() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    referee.tell(asked.frame(new byte[] {(byte) 0xff, 1, 2}, 0, true));
    untilSlotsAreFree(SLOTS);
  }

  @Test
  void refusesAQuestionThatMakesNoSense_withAReason() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    Question odd =
        question("Hi").toBuilder()
            .clearTurns()
            .addTurns(ChatTurn.newBuilder().setRole("wizard").setContent("Hi"))
            .build();
    referee.tell(asked.frame(odd.toByteArray(), 0, true));
    assertThat(answerOf(asked)).isEqualTo("failed: bad_request");
    untilSlotsAreFree(SLOTS);
  }

  @Test
  void ignoresFramesOfUnknownSessions() {
    attachWithPower();
    referee.tell(
        Down.newBuilder()
            .setFrame(Frame.newBuilder().setSession(ByteString.copyFrom(Parts.id().toBytes())))
            .build());
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
  }

  @Test
  void givesUpASession_whoseQuestionDoesNotComeInThirtySeconds() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    assertThat(asked.ticket().inferer()).isEqualTo(key.id());
    time.advance(Duration.ofSeconds(29));
    assertThat(engine.slots().free()).isEqualTo(SLOTS - 1);
    // Late sessions are swept once a second.
    time.advance(Duration.ofSeconds(2));
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
  }

  @Test
  void freesTheSlot_whenTheUserGoesBeforeItsQuestion() throws Exception {
    attachWithPower();
    referee.tell(grantedSession().gone());
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
  }

  @Test
  void keepsTheSlotUntilTheEngineIsDone_whenTheUserGoesInMidAnswer() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    referee.setFull(true);
    referee.tell(asked.frame(question("Hi").toByteArray(), 0, true));
    referee.tell(asked.gone());
    untilSlotsAreFree(SLOTS);
    Await.until(
        "the end",
        SOON,
        () -> events.stream().anyMatch(QueryEvent.GenerationEnded.class::isInstance));
    assertThat(events)
        .filteredOn(QueryEvent.GenerationEnded.class::isInstance)
        .singleElement()
        .satisfies(
            ended ->
                assertThat(((QueryEvent.GenerationEnded) ended).ending())
                    .isEqualTo(QueryEvent.Ending.CANCELLED));
  }

  @Test
  void refusesASecondTicketForARunningSession_withoutLosingASlot() throws Exception {
    attachWithPower();
    Asked first = grantedSession();
    Id16 nonce = replyTo(Parts.id()).nonce().orElseThrow();
    Ticket fresh = Parts.ticket(key.id(), nonce, clock.instant());
    Ticket sameSession =
        new Ticket(
            fresh.id(),
            first.ticket().session(),
            fresh.job(),
            fresh.inferer(),
            fresh.nonce(),
            fresh.model(),
            fresh.tokensMax(),
            fresh.seed(),
            fresh.issued(),
            fresh.expires(),
            fresh.network());
    referee.tell(granted(sameSession.sign(refereeKey)));
    assertThat(engine.slots().free()).isEqualTo(SLOTS - 1);
    referee.tell(first.gone());
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
  }

  @Test
  void asksAnotherAnswerToLeave_forEachOwnerThatWaits_andTellsTheReferee() throws Exception {
    attachWithPower();
    Asked first = grantedSession();
    Asked second = grantedSession();
    isEngineHeld = true;
    referee.tell(first.frame(question("Hi").toByteArray(), 0, true));
    referee.tell(second.frame(question("Hi").toByteArray(), 0, true));
    assertThat(engine.slots().takeForOwner(Duration.ZERO)).isFalse();
    assertThat(engine.slots().takeForOwner(Duration.ZERO)).isFalse();
    assertThat(engine.slots().takeForOwner(Duration.ZERO)).isFalse();
    assertThat(sentAlready())
        .filteredOn(Up::hasSessionYield)
        .extracting(up -> up.getSessionYield().getSession())
        .containsExactlyInAnyOrder(
            ByteString.copyFrom(first.ticket().session().toBytes()),
            ByteString.copyFrom(second.ticket().session().toBytes()));
    isEngineHeld = false;
    untilSlotsAreFree(SLOTS);
  }

  @Test
  void refusesForgedTickets() throws Exception {
    attachWithPower();
    Id16 nonce = replyTo(Parts.id()).nonce().orElseThrow();
    referee.tell(granted(Parts.ticket(key.id(), nonce, clock.instant()).sign(Parts.key())));
    assertThat(events).anyMatch(NetworkEvent.TicketRefused.class::isInstance);
  }

  @Test
  void detachingEndsEverySessionAndReservation() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    assertThat(replyTo(Parts.id()).nonce()).isPresent();
    assertThat(engine.slots().free()).isZero();
    referee.detach();
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
    referee.attach();
    referee.tell(asked.frame(question("Hi").toByteArray(), 0, true));
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
  }

  @Test
  void freesTheSlotOfAWithdrawnOffer() throws Exception {
    attachWithPower();
    Id16 offer = Parts.id();
    assertThat(replyTo(offer).nonce()).isPresent();
    referee.tell(
        Down.newBuilder()
            .setOfferWithdrawn(
                OfferWithdrawn.newBuilder().setOffer(ByteString.copyFrom(offer.toBytes())))
            .build());
    assertThat(engine.slots().free()).isEqualTo(SLOTS);
  }

  @Test
  void declinesOffers_whileThereIsNoPower() throws Exception {
    referee.attach();
    assertThat(replyTo(Parts.id()).nonce()).isEmpty();
  }

  private HeadroomReport nextReport() throws Exception {
    return HeadroomReport.open(SignedEnvelope.of(referee.next(Up::hasReport).getReport()));
  }

  @Test
  void chainsReportsByHashAndSequence_andBeginsAnewWithEachAttachment() throws Exception {
    attachWithPower();
    SignedEnvelope first = SignedEnvelope.of(referee.next(Up::hasReport).getReport());
    assertThat(HeadroomReport.open(first).sequence()).isEqualTo(1);
    assertThat(HeadroomReport.open(first).previousSha256Hex()).isEmpty();
    time.advance(Duration.ofSeconds(10));
    HeadroomReport second = nextReport();
    assertThat(second.sequence()).isEqualTo(2);
    assertThat(second.previousSha256Hex()).isEqualTo(HeadroomReport.sha256HexOf(first));
    referee.detach();
    referee.attach();
    HeadroomReport anew = nextReport();
    assertThat(anew.sequence()).isEqualTo(1);
    assertThat(anew.previousSha256Hex()).isEmpty();
  }

  @Test
  void reportsNothing_untilTheNewAttachmentHasResetTheChain() throws Exception {
    attachWithPower();
    assertThat(nextReport().sequence()).isEqualTo(1);
    referee.detach();
    referee.attachWithoutTelling();
    inferer.decided(Parts.decision(Activation.REDUCED));
    assertThat(referee.already()).isEmpty();
    referee.attach();
    HeadroomReport first = nextReport();
    assertThat(first.sequence()).isEqualTo(1);
    assertThat(first.activation()).isEqualTo(Activation.REDUCED);
  }

  @Test
  void reportsSoon_thatTheEngineIsDoneWithAnAnswerWhoseUserWent() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    isEngineHeld = true;
    referee.tell(asked.frame(question("Hi").toByteArray(), 0, true));
    referee.tell(asked.gone());
    assertThat(engine.slots().free()).isEqualTo(SLOTS - 1);
    sentAlready();
    isEngineHeld = false;
    untilSlotsAreFree(SLOTS);
    List<Up> sent = new ArrayList<>();
    Await.until(
        "a report",
        SOON,
        () -> {
          // So little that the next report that is due anyway is far away.
          time.advance(Duration.ofMillis(1));
          return sent.addAll(sentAlready());
        });
    HeadroomReport report = HeadroomReport.open(SignedEnvelope.of(sent.getLast().getReport()));
    assertThat(report.slotsFree()).isEqualTo(SLOTS);
  }

  @Test
  void skipsNoNumber_whenTheLinkTakesNoReport() throws Exception {
    attachWithPower();
    assertThat(nextReport().sequence()).isEqualTo(1);
    referee.setFull(true);
    inferer.decided(Parts.decision(Activation.OFF));
    referee.setFull(false);
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(nextReport().sequence()).isEqualTo(2);
  }

  @Test
  void reportsAChangeAtOnce_alsoThatOfTheEngineAlone() throws Exception {
    referee.attach();
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(nextReport().activation()).isEqualTo(Activation.WARMING);
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(referee.already()).isEmpty();
    engine.apply(Activation.FULL);
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(nextReport().activation()).isEqualTo(Activation.FULL);
    engine.apply(Activation.OFF);
    inferer.decided(Parts.decision(Activation.OFF));
    assertThat(nextReport().activation()).isEqualTo(Activation.OFF);
  }
}
