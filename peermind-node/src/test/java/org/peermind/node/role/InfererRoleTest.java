// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Id16;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.ChatTurn;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.OfferWithdrawn;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.SessionEnd;
import org.peermind.protocol.wire.Up;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.QueryEvent;
import org.peermind.testkit.Await;

class InfererRoleTest extends InfererRoleFixture {
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
}
