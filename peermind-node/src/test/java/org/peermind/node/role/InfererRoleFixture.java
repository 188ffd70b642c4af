// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
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
import org.peermind.protocol.wire.PeerGone;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Up;
import org.peermind.telemetry.Event;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;
import org.peermind.testkit.VirtualScheduler;

/// One inferer with a scripted engine and a played referee; its tests are sorted by what they ask.
abstract class InfererRoleFixture {
  static final Duration SOON = Duration.ofSeconds(10);
  static final int SLOTS = 2;

  final VirtualClock clock = new VirtualClock(Parts.START);
  final VirtualScheduler time = new VirtualScheduler(clock);
  final IdentityKey refereeKey = Parts.key();
  final IdentityKey key = Parts.key();
  final HpkeKeyRing hpke = new HpkeKeyRing(clock);
  final List<Event> events = new CopyOnWriteArrayList<>();
  final PlayedReferee referee = new PlayedReferee(Parts.START.toEpochMilli());
  final RefereeSet referees =
      Parts.referees(key, hpke.publicKey(), clock, List.of(refereeKey.id()), Role.INFERER);
  final EngineRoom engine;
  volatile boolean isEngineHeld;
  final InfererRole inferer;

  InfererRoleFixture() {
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

  String helloUnlessHeld() {
    Await.until("the engine", SOON, () -> !isEngineHeld);
    return "Hello there.";
  }

  void attachWithPower() {
    engine.apply(Activation.FULL);
    inferer.decided(Parts.decision(Activation.FULL));
    referee.attach();
  }

  static Down offer(Id16 id) {
    return Down.newBuilder()
        .setOffer(
            Offer.newBuilder()
                .setOffer(ByteString.copyFrom(id.toBytes()))
                .setModelSha256(ByteString.copyFrom(Parts.MODEL.toBytes())))
        .build();
  }

  OfferReply replyTo(Id16 offer) throws Exception {
    referee.tell(offer(offer));
    return OfferReply.open(SignedEnvelope.of(referee.next(Up::hasOfferReply).getOfferReply()));
  }

  List<Up> sentAlready() {
    return Stream.generate(referee::already)
        .takeWhile(Optional::isPresent)
        .map(Optional::get)
        .toList();
  }

  static Down granted(SignedEnvelope ticket) {
    return Down.newBuilder().setGranted(Granted.newBuilder().setTicket(ticket.wire())).build();
  }

  Asked grantedSession() throws Exception {
    Id16 nonce = replyTo(Parts.id()).nonce().orElseThrow();
    Ticket ticket = Parts.ticket(key.id(), nonce, clock.instant());
    SignedEnvelope signed = ticket.sign(refereeKey);
    referee.tell(granted(signed));
    return new Asked(ticket, QueryCipher.ofUser(ticket.session(), signed, hpke.publicKey()));
  }

  /// A user's side of a session.
  record Asked(Ticket ticket, QueryCipher cipher) {
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

  static Question question(String text) {
    return Question.newBuilder()
        .addTurns(ChatTurn.newBuilder().setRole("user").setContent(text))
        .setTokensMax(50)
        .setTopP(1)
        .build();
  }

  String answerOf(Asked asked) throws Exception {
    StringBuilder text = new StringBuilder();
    while (true) {
      AnswerFrame frame = asked.open(referee.next(Up::hasFrame));
      text.append(frame.getTokens().getText());
      if (frame.hasFinished() || frame.hasFailure()) {
        return frame.hasFailure() ? "failed: " + frame.getFailure().getCode() : text.toString();
      }
    }
  }

  void untilSlotsAreFree(int free) {
    Await.until(free + " free slots", SOON, () -> engine.slots().free() == free);
  }

  HeadroomReport nextReport() throws Exception {
    return HeadroomReport.open(SignedEnvelope.of(referee.next(Up::hasReport).getReport()));
  }
}
