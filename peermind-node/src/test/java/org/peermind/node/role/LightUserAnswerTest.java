// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.PeerGone;

class LightUserAnswerTest extends LightUserStage {
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
}
