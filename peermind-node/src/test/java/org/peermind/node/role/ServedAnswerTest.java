// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Embeddings;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.node.role.ServedAnswer.Outcome;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.ChatTurn;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Up;
import org.peermind.telemetry.QueryEvent.Ending;
import org.peermind.testkit.VirtualClock;

/// An inferer's part of an answer that goes on elsewhere (ADR 0017).
class ServedAnswerTest {
  private static final Question QUESTION =
      Question.newBuilder()
          .addTurns(ChatTurn.newBuilder().setRole("user").setContent("Hi"))
          .setTokensMax(50)
          .setTopP(1)
          .build();

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final IdentityKey key = Parts.key();
  private final HpkeKey hpke = HpkeKey.generate();
  private final Ticket ticket = Parts.ticket(key.id(), Parts.id(), Parts.START);
  private final SignedEnvelope signedTicket = ticket.sign(Parts.key());
  private final QueryCipher user =
      QueryCipher.ofUser(ticket.session(), signedTicket, hpke.publicKey());
  private final PlayedEngine engine = new PlayedEngine();
  private final BlockingQueue<Up> sent = new LinkedBlockingQueue<>();
  private final ServedAnswer answer =
      new ServedAnswer(
          ticket,
          signedTicket,
          List.of(hpke),
          engine,
          sent::offer,
          Parts.START.plusSeconds(600),
          clock);

  private FutureTask<Outcome> begun() throws Exception {
    Frame frame =
        Frame.newBuilder()
            .setSealed(ByteString.copyFrom(user.sealQuestion(QUESTION.toByteArray(), true)))
            .setLast(true)
            .build();
    Question whole = answer.accept(frame).orElseThrow();
    FutureTask<Outcome> running = new FutureTask<>(() -> answer.run(whole));
    Thread.ofVirtual().start(running);
    return running;
  }

  private AnswerFrame next() throws Exception {
    Frame frame = sent.poll(10, TimeUnit.SECONDS).getFrame();
    return AnswerFrame.parseFrom(user.openAnswer(frame.getSealed().toByteArray(), frame.getLast()));
  }

  private int tokensOfReceipt() throws Exception {
    return GreenReceipt.open(SignedEnvelope.of(next().getReceipt()), key.id()).completionTokens();
  }

  @Test
  void signsForWhatItSendsBeforeItSendsIt_onceItWantsToBeLeft() throws Exception {
    FutureTask<Outcome> running = begun();
    engine.says(1);
    assertThat(next().getTokens().getIdsList()).containsExactly(1);

    assertThat(answer.leave("Sunset.", RefusalCode.NO_POWER, Duration.ofSeconds(20))).isTrue();
    engine.says(2);

    assertThat(tokensOfReceipt()).isEqualTo(1);
    assertThat(next().getYielding().getReason()).isEqualTo("Sunset.");
    assertThat(tokensOfReceipt()).isEqualTo(2);
    assertThat(next().getTokens().getIdsList()).containsExactly(2);

    answer.cancel();
    assertThat(running.get(10, TimeUnit.SECONDS))
        .isEqualTo(new Outcome.Ended(Ending.YIELDED, 0, 2));
  }

  @Test
  void signsOnceMore_whenItWasNotLeftInTime() throws Exception {
    FutureTask<Outcome> running = begun();
    engine.says(1);
    assertThat(next().hasTokens()).isTrue();
    assertThat(answer.leave("Sunset.", RefusalCode.NO_POWER, Duration.ofSeconds(20))).isTrue();
    clock.advance(Duration.ofSeconds(21));
    engine.says(2);
    assertThat(running.get(10, TimeUnit.SECONDS)).isInstanceOf(Outcome.Ended.class);
    AnswerFrame last = next();
    int covered = 0;
    while (!last.hasFailure()) {
      if (last.hasReceipt()) {
        covered =
            GreenReceipt.open(SignedEnvelope.of(last.getReceipt()), key.id()).completionTokens();
      }
      last = next();
    }
    assertThat(covered).isEqualTo(2);
    assertThat(last.getFailure().getCode()).isEqualTo(RefusalCode.NO_POWER.text());
  }

  /// An engine that says what the test wants, when it wants.
  private final class PlayedEngine implements EngineAccess {
    @Override
    public ServedModel model() {
      return Parts.SERVED;
    }

    private final BlockingQueue<GenerationEvent> events = new LinkedBlockingQueue<>();

    void says(int token) {
      events.add(new GenerationEvent.Piece(List.of(token), "t" + token, List.of()));
    }

    @Override
    public Generation generate(GenerationRequest request) {
      return new Generation() {
        @Override
        public Optional<GenerationEvent> next(Duration timeout) throws InterruptedException {
          return Optional.ofNullable(events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS));
        }

        @Override
        public void cancel() {
          events.add(new GenerationEvent.Finished(GenerationEvent.FinishReason.CANCELLED, 3, 0, 0));
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public Embeddings embed(List<String> texts) {
      throw new IllegalArgumentException("The engine makes no vectors.");
    }

    @Override
    public GreenReceipts.Open receipt(Id16 session) {
      return Parts.receipts(key, clock).begin(session, Parts.MODEL);
    }
  }
}
