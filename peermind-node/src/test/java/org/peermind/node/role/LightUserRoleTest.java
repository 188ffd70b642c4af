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
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.ChatQuery;
import org.peermind.node.query.QueryRefused;
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
import org.peermind.protocol.wire.Finished;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.PeerGone;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Tokens;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.VirtualClock;

class LightUserRoleTest {
  private static final Duration STALL = Duration.ofSeconds(2);

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final IdentityKey refereeKey = Parts.key();
  private final IdentityKey infererKey = Parts.key();
  private final HpkeKey infererHpke = HpkeKey.generate();
  private final IdentityKey userKey = Parts.key();
  private final PlayedReferee referee = new PlayedReferee(Parts.START.toEpochMilli());
  private final LightUserRole user;

  LightUserRoleTest() {
    RefereeAttachment attachment =
        Parts.attachment(
            userKey, HpkeKey.generate().publicKey(), refereeKey.id(), clock, Role.LIGHT_USER);
    user =
        new LightUserRole(
            attachment, userKey.id(), Parts.NETWORK, Parts.PLACE, clock, Parts.SECRETS);
    attachment.start(referee);
    referee.attach();
  }

  private static ChatQuery query(String text) {
    return new ChatQuery(
        "demo",
        List.of(new ChatQuery.Turn("user", text)),
        50,
        0,
        1,
        OptionalLong.empty(),
        List.of());
  }

  private FutureTask<Attempt> ask(AnswerSoFar soFar) {
    FutureTask<Attempt> asking = new FutureTask<>((Callable<Attempt>) () -> user.start(soFar));
    Thread.ofVirtual().start(asking);
    return asking;
  }

  private FutureTask<Attempt> ask() {
    return ask(AnswerSoFar.none(query("Hi")));
  }

  private static <T> T get(FutureTask<T> task) throws Exception {
    return task.get(10, TimeUnit.SECONDS);
  }

  private static QueryRefused refusalOf(FutureTask<Attempt> asking) throws Exception {
    try {
      get(asking).close();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof QueryRefused refused) {
        return refused;
      }
    }
    throw new AssertionError("the question was not refused");
  }

  private AssignRequest request() throws InterruptedException {
    return referee.next(Up::hasAssign).getAssign();
  }

  private SignedEnvelope record() {
    return Parts.record(infererKey, infererHpke.publicKey(), clock.instant(), Role.INFERER);
  }

  private SignedEnvelope signed(Ticket ticket) {
    return ticket.sign(refereeKey);
  }

  private Ticket ticket() {
    return Parts.ticket(infererKey.id(), Parts.id(), clock.instant());
  }

  private void assign(AssignRequest request, SignedEnvelope ticket, SignedEnvelope record) {
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
  private final class Session {
    private final Ticket ticket = ticket();
    private final Attempt attempt;
    private final Question question;
    private final QueryCipher cipher;
    private int sequence;

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

  private static AnswerFrame tokens(int id, String text) {
    return AnswerFrame.newBuilder().setTokens(Tokens.newBuilder().addIds(id).setText(text)).build();
  }

  private static AnswerFrame finished() {
    return AnswerFrame.newBuilder()
        .setFinished(
            Finished.newBuilder().setReason("stop").setPromptTokens(3).setCompletionTokens(1))
        .build();
  }

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
  @CsvSource({"1, 512", "508, 512", "509, 2048", "2044, 2048", "40000, 131072", "1048000, 2097152"})
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
    ChatQuery odd =
        new ChatQuery(
            "m".repeat(101),
            List.of(new ChatQuery.Turn("user", "Hi")),
            50,
            0,
            1,
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
    RefereeAttachment attachment =
        Parts.attachment(
            userKey, HpkeKey.generate().publicKey(), refereeKey.id(), clock, Role.LIGHT_USER);
    LightUserRole misled =
        new LightUserRole(
            attachment, userKey.id(), Parts.NETWORK, Parts.PLACE, clock, Parts.SECRETS);
    attachment.start(old);
    old.attach();
    FutureTask<Attempt> asking =
        new FutureTask<>(() -> misled.start(AnswerSoFar.none(query("Hi"))));
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
    FutureTask<Attempt> asking = new FutureTask<>(() -> user.start(AnswerSoFar.none(query("Hi"))));
    Thread waiter = Thread.ofVirtual().start(asking);
    AssignRequest request = request();
    waiter.interrupt();
    waiter.join();
    Ticket ticket = ticket();
    assign(request, signed(ticket), record());
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
  void breaksForAnotherWorker_whenTheInfererOrTheRefereeIsGone() throws Exception {
    Session session = new Session();
    referee.tell(
        Down.newBuilder().setPeerGone(PeerGone.newBuilder().setSession(session.id())).build());
    assertThat(session.next())
        .isInstanceOfSatisfying(
            AttemptEvent.Broken.class, broken -> assertThat(broken.elsewhere()).isTrue());
    Session other = new Session();
    referee.detach();
    assertThat(other.next()).isInstanceOf(AttemptEvent.Broken.class);
  }

  @Test
  void breaksForAnotherWorker_whenMoreThanFourMebibytesWaitForASlowReader() throws Exception {
    Session slow = new Session();
    Session reading = new Session();
    String text = "x".repeat(40_000);
    for (int i = 0; i < 120; i++) {
      slow.deliver(slow.seal(tokens(i, text), false));
      reading.deliver(reading.seal(tokens(i, text), false));
      assertThat(reading.next()).isInstanceOf(AttemptEvent.Tokens.class);
    }
    assertThat(slow.next())
        .isEqualTo(
            new AttemptEvent.Broken(
                RefusalCode.INFERER_FAILED, "The answer was not read fast enough.", true));
  }

  @Test
  void finishesWithWhatHasCome_whenTheInfererGoesAfterItsLastFrame() throws Exception {
    Session session = new Session();
    session.deliver(session.seal(tokens(7, "Hello"), false));
    session.deliver(session.seal(finished(), true));
    referee.detach();
    assertThat(session.next()).isInstanceOf(AttemptEvent.Tokens.class);
    assertThat(session.next()).isInstanceOf(AttemptEvent.Finished.class);
  }

  @Test
  void breaks_whenFramesAreLostSwappedRepeatedChangedOrCut() throws Exception {
    Session lost = new Session();
    lost.seal(tokens(1, "a"), false);
    lost.deliver(lost.seal(tokens(2, "b"), false));
    assertThat(lost.next()).isInstanceOf(AttemptEvent.Broken.class);

    Session repeated = new Session();
    Frame first = repeated.seal(tokens(1, "a"), false);
    repeated.deliver(first);
    repeated.deliver(first.toBuilder().setSequence(1).build());
    assertThat(repeated.next()).isInstanceOf(AttemptEvent.Tokens.class);
    assertThat(repeated.next()).isInstanceOf(AttemptEvent.Broken.class);

    Session changed = new Session();
    Frame right = changed.seal(tokens(1, "a"), false);
    byte[] bytes = right.getSealed().toByteArray();
    bytes[5] ^= 1;
    changed.deliver(right.toBuilder().setSealed(ByteString.copyFrom(bytes)).build());
    assertThat(changed.next()).isInstanceOf(AttemptEvent.Broken.class);

    Session cut = new Session();
    Frame whole = cut.seal(tokens(1, "a"), false);
    cut.deliver(whole.toBuilder().setSealed(whole.getSealed().substring(0, 9)).build());
    assertThat(cut.next()).isInstanceOf(AttemptEvent.Broken.class);

    Session markedLast = new Session();
    markedLast.deliver(markedLast.seal(tokens(1, "a"), false).toBuilder().setLast(true).build());
    assertThat(markedLast.next()).isInstanceOf(AttemptEvent.Broken.class);
  }

  @Test
  void countsSilenceAsDeath() throws Exception {
    Session session = new Session();
    assertThat(session.attempt.next(Duration.ofMillis(1)))
        .isInstanceOfSatisfying(
            AttemptEvent.Broken.class,
            broken -> {
              assertThat(broken.code()).isEqualTo(RefusalCode.INFERER_FAILED);
              assertThat(broken.elsewhere()).isTrue();
            });
  }

  @Test
  void takesSignsOfLifeAsWaiting() throws Exception {
    Session session = new Session();
    session.deliver(
        session.seal(
            AnswerFrame.newBuilder()
                .setProgress(
                    org.peermind.protocol.wire.Progress.newBuilder()
                        .setDoneTokens(1)
                        .setTotalTokens(9))
                .build(),
            false));
    assertThat(session.next()).isEqualTo(new AttemptEvent.Waiting());
  }

  @Test
  void breaksOffAnAnswerThatNobodyReads_alsoWhenItsLastFrameDoesNotFit() throws Exception {
    Session session = new Session();
    for (int i = 0; i < 4_096; i++) {
      session.deliver(session.seal(tokens(1, "a"), false));
    }
    session.deliver(session.seal(finished(), true));
    assertThat(session.attempt.next(Duration.ZERO))
        .isEqualTo(
            new AttemptEvent.Broken(
                RefusalCode.INFERER_FAILED, "The answer was not read fast enough.", true));
  }

  @Test
  void refusesAndForgetsTheSession_whenTheQuestionCannotBeSent() throws Exception {
    FutureTask<Attempt> asking = ask();
    AssignRequest request = request();
    referee.setFull(true);
    assign(request, signed(ticket()), record());
    assertThat(refusalOf(asking).code()).isEqualTo(RefusalCode.NO_REFEREE);
  }

  @Test
  void cannotListModels_whileNotAttached() {
    referee.detach();
    assertThatThrownBy(user::models).isInstanceOf(QueryRefused.class);
  }
}
