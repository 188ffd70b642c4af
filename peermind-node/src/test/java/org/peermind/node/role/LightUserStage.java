// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.Query;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.query.QueueWatch;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Assigned;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Finished;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Tokens;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.VirtualClock;

/// A light user's role between a played referee and a played inferer.
abstract class LightUserStage {
  static final Duration STALL = Duration.ofSeconds(2);

  final VirtualClock clock = new VirtualClock(Parts.START);
  final IdentityKey refereeKey = Parts.key();
  final IdentityKey infererKey = Parts.key();
  final HpkeKey infererHpke = HpkeKey.generate();
  final IdentityKey userKey = Parts.key();
  final PlayedReferee referee = new PlayedReferee(Parts.START.toEpochMilli());
  final LightUserRole user;

  LightUserStage() {
    RefereeSet referees =
        Parts.referees(
            userKey,
            HpkeKey.generate().publicKey(),
            clock,
            List.of(refereeKey.id()),
            Role.LIGHT_USER);
    user =
        LightUserRole.of(referees, userKey.id(), Parts.NETWORK, Parts.PLACE, clock, Parts.SECRETS);
    referees.start(referee);
    referee.attach();
  }

  static Query query(String text) {
    return new Query(
        "demo",
        Prompt.chat(List.of(new ChatMessage("user", text))),
        50,
        new Sampling(0, 1, 0),
        OptionalLong.empty(),
        List.of());
  }

  FutureTask<Attempt> ask(AnswerSoFar soFar) {
    FutureTask<Attempt> asking =
        new FutureTask<>((Callable<Attempt>) () -> user.start(soFar, QueueWatch.NONE));
    Thread.ofVirtual().start(asking);
    return asking;
  }

  FutureTask<Attempt> ask() {
    return ask(AnswerSoFar.none(query("Hi")));
  }

  static <T> T get(FutureTask<T> task) throws Exception {
    return task.get(10, TimeUnit.SECONDS);
  }

  static QueryRefused refusalOf(FutureTask<Attempt> asking) throws Exception {
    try {
      get(asking).close();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof QueryRefused refused) {
        return refused;
      }
    }
    throw new AssertionError("the question was not refused");
  }

  AssignRequest request() throws InterruptedException {
    return referee.next(Up::hasAssign).getAssign();
  }

  SignedEnvelope record() {
    return Parts.record(infererKey, infererHpke.publicKey(), clock.instant(), Role.INFERER);
  }

  SignedEnvelope signed(Ticket ticket) {
    return ticket.sign(refereeKey);
  }

  Ticket ticket() {
    return Parts.ticket(infererKey.id(), Parts.id(), clock.instant());
  }

  void assign(AssignRequest request, SignedEnvelope ticket, SignedEnvelope record) {
    referee.tell(
        Down.newBuilder()
            .setAssigned(
                Assigned.newBuilder()
                    .setRequest(request.getRequest())
                    .setTicket(ticket.wire())
                    .setInfererRecord(record.wire()))
            .build());
  }

  /// A session that has begun, with the inferer's side of it.
  final class Session {
    final Ticket ticket = ticket();
    final Attempt attempt;
    final Question question;
    final QueryCipher cipher;
    int sequence;

    Session() throws Exception {
      FutureTask<Attempt> asking = ask();
      SignedEnvelope signed = signed(ticket);
      assign(request(), signed, record());
      attempt = get(asking);
      Frame frame = referee.next(Up::hasFrame).getFrame();
      byte[] sealed = frame.getSealed().toByteArray();
      cipher = QueryCipher.ofInferer(ticket.session(), signed, infererHpke, sealed);
      question = Question.parseFrom(cipher.openQuestion(sealed, frame.getLast()));
    }

    Frame seal(AnswerFrame content, boolean last) {
      return Frame.newBuilder()
          .setSession(ByteString.copyFrom(ticket.session().toBytes()))
          .setSequence(sequence++)
          .setSealed(ByteString.copyFrom(cipher.sealAnswer(content.toByteArray(), last)))
          .setLast(last)
          .build();
    }

    void deliver(Frame frame) {
      referee.tell(Down.newBuilder().setFrame(frame).build());
    }

    AttemptEvent next() throws InterruptedException {
      return attempt.next(STALL);
    }

    ByteString id() {
      return ByteString.copyFrom(ticket.session().toBytes());
    }
  }

  static AnswerFrame tokens(int id, String text) {
    return AnswerFrame.newBuilder().setTokens(Tokens.newBuilder().addIds(id).setText(text)).build();
  }

  static AnswerFrame finished() {
    return AnswerFrame.newBuilder()
        .setFinished(
            Finished.newBuilder().setReason("stop").setPromptTokens(3).setCompletionTokens(1))
        .build();
  }
}
