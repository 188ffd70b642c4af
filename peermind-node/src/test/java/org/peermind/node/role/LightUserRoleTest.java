// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.Query;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.query.QueueWatch;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.AssignRefused;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Assigned;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Failure;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Up;

class LightUserRoleTest extends LightUserStage {
  @Test
  void sealsTheQuestionToTheInferer_andOpensItsAnswer() throws Exception {
    Session session = new Session();
    assertThat(session.question.getTurns(0).getContent()).isEqualTo("Hi");
    assertThat(session.question.getSeed()).isEqualTo(session.ticket.seed());
    session.deliver(session.seal(tokens(7, "Hello"), false));
    session.deliver(session.seal(finished(), true));
    assertThat(session.next()).isEqualTo(new AttemptEvent.Tokens(List.of(7), "Hello", List.of()));
    assertThat(session.next()).isEqualTo(new AttemptEvent.Finished(FinishReason.STOP, 3, 1));
    session.attempt.close();
    assertThat(referee.next(Up::hasEnd).getEnd().getSession()).isEqualTo(session.id());
    session.attempt.close();
    assertThat(referee.already()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1, 512", "512, 512", "513, 2048", "2048, 2048", "40000, 131072", "1048000, 2097152"})
  void tellsTheRefereeASizeClassOnly(int characters, int sizeClass) throws Exception {
    FutureTask<Attempt> asking = ask(AnswerSoFar.none(query("x".repeat(characters))));
    AssignRequest request = request();
    assertThat(request.getPromptBytes()).isEqualTo(sizeClass);
    assertThat(request.toString()).doesNotContain("xxx");
    referee.detach();
    assertThat(refusalOf(asking).code()).isEqualTo(RefusalCode.NO_REFEREE);
  }

  @Test
  void neverAsksForItself_becauseOwnWorkIsDoneAtHome() throws Exception {
    FutureTask<Attempt> asking = ask();
    assertThat(request().getExcludedList())
        .containsExactly(ByteString.copyFrom(userKey.id().toBytes()));
    referee.detach();
    assertThat(refusalOf(asking).code()).isEqualTo(RefusalCode.NO_REFEREE);
  }

  @ParameterizedTest
  @EnumSource(RefusalCode.class)
  void handsARefusalOn_withCodeReasonAndTime(RefusalCode code) throws Exception {
    FutureTask<Attempt> asking = ask();
    refuse(request(), code.text());
    QueryRefused refused = refusalOf(asking);
    assertThat(refused.code()).isEqualTo(code);
    assertThat(refused.reason()).isEqualTo("The sun has set.");
    assertThat(refused.retryAfterSeconds()).isEqualTo(77);
  }

  @Test
  void cleansWhatRefereeAndInfererSay_becauseItGoesToATerminal() throws Exception {
    FutureTask<Attempt> asking = ask();
    refuse(request(), "no_power", "Night\u001b[2J\u009b2J\n" + "x".repeat(1_000));
    assertThat(refusalOf(asking).reason()).startsWith("Night [2J 2J x").hasSizeLessThan(301);
    Session session = new Session();
    session.deliver(
        session.seal(
            AnswerFrame.newBuilder()
                .setFailure(
                    Failure.newBuilder().setCode("inferer_failed").setReason("Lost\u001b[2J."))
                .build(),
            true));
    assertThat(session.next())
        .isEqualTo(new AttemptEvent.Broken(RefusalCode.INFERER_FAILED, "Lost [2J.", false));
  }

  @Test
  void takesAnUnknownRefusalAsNoCapacity() throws Exception {
    FutureTask<Attempt> asking = ask();
    refuse(request(), "out_of_cheese");
    assertThat(refusalOf(asking).code()).isEqualTo(RefusalCode.NO_CAPACITY);
  }

  private void refuse(AssignRequest request, String code) {
    refuse(request, code, "The sun has set.");
  }

  private void refuse(AssignRequest request, String code, String reason) {
    referee.tell(
        Down.newBuilder()
            .setAssignRefused(
                AssignRefused.newBuilder()
                    .setRequest(request.getRequest())
                    .setCode(code)
                    .setReason(reason)
                    .setRetryAfterSeconds(77))
            .build());
  }

  @Test
  void refusesAtOnce_whenNotAttached() throws Exception {
    referee.detach();
    assertThat(refusalOf(ask()).code()).isEqualTo(RefusalCode.NO_REFEREE);
  }

  @Test
  void refusesAModelNameThatNoRefereeWouldRead() throws Exception {
    Query odd =
        new Query(
            "m".repeat(101),
            Prompt.chat(List.of(new ChatMessage("user", "Hi"))),
            50,
            new Sampling(0, 1, 0),
            OptionalLong.empty(),
            List.of());
    assertThat(refusalOf(ask(AnswerSoFar.none(odd))).code()).isEqualTo(RefusalCode.UNKNOWN_MODEL);
    assertThat(referee.already()).isEmpty();
  }

  @Test
  void refusesAForgedTicket() throws Exception {
    FutureTask<Attempt> asking = ask();
    assign(request(), ticket().sign(Parts.key()), record());
    assertThat(refusalOf(asking).reason()).contains("not signed by the referee");
  }

  @Test
  void refusesAndEndsASession_whoseRecordIsOfAnotherNodeNetworkOrRole() throws Exception {
    IdentityKey stranger = Parts.key();
    List<SignedEnvelope> wrong =
        List.of(
            Parts.record(stranger, infererHpke.publicKey(), clock.instant(), Role.INFERER),
            Parts.record(infererKey, infererHpke.publicKey(), clock.instant(), Role.LIGHT_USER),
            Parts.record(
                infererKey,
                infererHpke.publicKey(),
                new NetworkName("other"),
                clock.instant(),
                Role.INFERER),
            Parts.record(
                infererKey,
                infererHpke.publicKey(),
                clock.instant().minus(Duration.ofDays(3)),
                Role.INFERER));
    for (SignedEnvelope record : wrong) {
      FutureTask<Attempt> asking = ask();
      Ticket ticket = ticket();
      assign(request(), signed(ticket), record);
      assertThat(refusalOf(asking).reason()).startsWith("The referee's assignment cannot be");
      assertThat(referee.next(Up::hasEnd).getEnd().getSession())
          .isEqualTo(ByteString.copyFrom(ticket.session().toBytes()));
    }
  }

  @Test
  void refusesALongExpiredRecord_thoughTheRefereesClockIsFarBack() throws Exception {
    Duration back = Duration.ofDays(10);
    PlayedReferee old = new PlayedReferee(Parts.START.minus(back).toEpochMilli());
    RefereeSet referees =
        Parts.referees(
            userKey,
            HpkeKey.generate().publicKey(),
            clock,
            List.of(refereeKey.id()),
            Role.LIGHT_USER);
    LightUserRole misled =
        LightUserRole.of(referees, userKey.id(), Parts.NETWORK, Parts.PLACE, clock, Parts.SECRETS);
    referees.start(old);
    old.attach();
    FutureTask<Attempt> asking =
        new FutureTask<>(() -> misled.start(AnswerSoFar.none(query("Hi")), QueueWatch.NONE));
    Thread.ofVirtual().start(asking);
    AssignRequest request = old.next(Up::hasAssign).getAssign();
    SignedEnvelope expired =
        Parts.record(
            infererKey, infererHpke.publicKey(), clock.instant().minus(back), Role.INFERER);
    old.tell(
        Down.newBuilder()
            .setAssigned(
                Assigned.newBuilder()
                    .setRequest(request.getRequest())
                    .setTicket(signed(ticket()).wire())
                    .setInfererRecord(expired.wire()))
            .build());
    assertThat(refusalOf(asking).reason()).startsWith("The referee's assignment cannot be");
  }

  @Test
  void refusesATicketForAnotherModel_whenItContinuesAnAnswer() throws Exception {
    AnswerSoFar begun =
        new AnswerSoFar(
            query("Hi"),
            List.of(1, 2),
            OptionalLong.of(9),
            Optional.of(new ModelHash("cd".repeat(32))),
            Optional.of(Parts.id()),
            Set.of(infererKey.id()));
    FutureTask<Attempt> asking = ask(begun);
    AssignRequest request = request();
    assertThat(request.getModel()).isEqualTo("cd".repeat(32));
    assertThat(request.getJob())
        .isEqualTo(ByteString.copyFrom(begun.job().orElseThrow().toBytes()));
    assertThat(request.getExcludedList()).contains(ByteString.copyFrom(infererKey.id().toBytes()));
    assign(request, signed(ticket()), record());
    assertThat(refusalOf(asking).reason()).contains("another model");
  }

  @Test
  void sendsSeedAndTokens_whenItContinuesAnAnswer() throws Exception {
    AnswerSoFar begun =
        new AnswerSoFar(
            query("Hi"),
            List.of(1, 2),
            OptionalLong.of(9),
            Optional.of(Parts.MODEL),
            Optional.of(Parts.id()),
            Set.of());
    FutureTask<Attempt> asking = ask(begun);
    Ticket ticket = ticket();
    assign(request(), signed(ticket), record());
    assertThat(get(asking).seed()).isEqualTo(9);
    Frame frame = referee.next(Up::hasFrame).getFrame();
    byte[] sealed = frame.getSealed().toByteArray();
    QueryCipher cipher =
        QueryCipher.ofInferer(ticket.session(), signed(ticket), infererHpke, sealed);
    Question question = Question.parseFrom(cipher.openQuestion(sealed, frame.getLast()));
    assertThat(question.getResumeTokensList()).containsExactly(1, 2);
    assertThat(question.getSeed()).isEqualTo(9);
  }

  @Test
  void givesAnInfererBack_whenItsAssignmentComesAfterTheWaiterLeft() throws Exception {
    FutureTask<Attempt> asking =
        new FutureTask<>(() -> user.start(AnswerSoFar.none(query("Hi")), QueueWatch.NONE));
    Thread waiter = Thread.ofVirtual().start(asking);
    AssignRequest request = request();
    waiter.interrupt();
    waiter.join();
    Ticket ticket = ticket();
    assign(request, signed(ticket), record());
    assertThat(referee.next().getCancelAssign().getRequest()).isEqualTo(request.getRequest());
    assertThat(referee.next().getEnd().getSession())
        .isEqualTo(ByteString.copyFrom(ticket.session().toBytes()));
  }

  @Test
  void givesASecondInfererBack_whenTheRefereeAssignsTwice() throws Exception {
    FutureTask<Attempt> asking = ask();
    AssignRequest request = request();
    assign(request, signed(ticket()), record());
    assertThat(get(asking).worker()).isEqualTo(infererKey.id());
    Ticket second = ticket();
    assign(request, signed(second), record());
    assertThat(referee.next(Up::hasEnd).getEnd().getSession())
        .isEqualTo(ByteString.copyFrom(second.session().toBytes()));
  }

  @Test
  void cannotListModels_whileNotAttached() {
    referee.detach();
    assertThatThrownBy(user::models).isInstanceOf(QueryRefused.class);
  }
}
