// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.AttemptEvent.Broken;
import org.peermind.node.query.AttemptEvent.Finished;
import org.peermind.node.query.AttemptEvent.Receipt;
import org.peermind.node.query.AttemptEvent.Tokens;
import org.peermind.node.query.AttemptEvent.Waiting;
import org.peermind.node.query.AttemptEvent.Yielding;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.GreenReceipt.Method;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.testkit.VirtualClock;

/// The next worker starts before the present one stops, and receipts stay one for each part (ADR
/// 0017).
@Timeout(20)
class HandoverTest {
  private static final IdentityKey KEY = IdentityKey.generate(new SecureRandom());
  private static final SignedEnvelope FROM_FIRST = receipt(1);
  private static final SignedEnvelope FROM_READYING = receipt(2);
  private static final SignedEnvelope FROM_SECOND = receipt(3);

  private final Deque<List<AttemptEvent>> workers = new ArrayDeque<>();
  private final List<AnswerSoFar> asked = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch readied = new CountDownLatch(1);

  private static SignedEnvelope receipt(long session) {
    return receipt(session, 5);
  }

  private static SignedEnvelope receipt(long session, int completionTokens) {
    return new GreenReceipt(
            new Id16(session, 1),
            ScriptedWorkers.MODEL,
            7,
            completionTokens,
            OptionalDouble.empty(),
            Method.UNKNOWN,
            OptionalDouble.empty(),
            "pv",
            new PlaceCell("qd6"),
            1,
            "ok",
            false,
            Instant.parse("2026-06-21T10:00:00Z"))
        .sign(KEY);
  }

  private static Tokens token(int id) {
    return new Tokens(List.of(id), "t" + id, List.of());
  }

  private static Finished finished(int tokens, SignedEnvelope receipt) {
    return new Finished(FinishReason.STOP, 7, 0, tokens, List.of(), Optional.of(receipt));
  }

  private AnswerEvent.Done answer() throws Exception {
    ContinuedAnswers answers =
        new ContinuedAnswers(
            List.of(new Workers()),
            ContinuationRules.standard(),
            new VirtualClock(Instant.parse("2026-06-21T10:00:00Z")),
            _ -> {},
            () -> new Id16(1, 2),
            _ -> {});
    Query query =
        new Query(
            "demo",
            Prompt.chat(List.of(new ChatMessage("user", "Where does Ilsa flow?"))),
            9,
            new Sampling(0, 1, 0),
            OptionalLong.empty(),
            List.of());
    StringBuilder text = new StringBuilder();
    try (Answer answer = answers.ask(query)) {
      while (true) {
        switch (answer.next()) {
          case AnswerEvent.Text(String more, var _) -> text.append(more);
          case AnswerEvent.Queued _, AnswerEvent.Answering _ -> {}
          case AnswerEvent.Done done -> {
            assertThat(text).hasToString("t1t2t3");
            return done;
          }
          case AnswerEvent.Failed failed -> throw new AssertionError(failed.reason());
        }
      }
    }
  }

  @Test
  void takesNoReceiptOfTheWorkerThatWasReadied_andMissesTheOneThatWasLeft() throws Exception {
    workers.add(List.of(token(1), new Yielding("Sunset.")));
    workers.add(List.of(token(9), finished(2, FROM_READYING)));
    workers.add(List.of(token(2), token(3), finished(3, FROM_SECOND)));

    AnswerEvent.Done done = answer();

    assertThat(done.receipts()).containsExactly(FROM_SECOND);
    assertThat(done.everyPartSigned()).isFalse();
    assertThat(done.continuations()).isEqualTo(1);
    assertThat(asked.get(1).query().tokensMax()).isEqualTo(2);
    assertThat(asked.get(2).tokens()).containsExactly(1);
  }

  @Test
  void missesNoReceipt_whenTheWorkerThatIsLeftSignedForWhatItBrought() throws Exception {
    workers.add(List.of(token(1), new Receipt(FROM_FIRST), new Yielding("Sunset.")));
    workers.add(List.of(token(9), finished(2, FROM_READYING)));
    workers.add(List.of(token(2), token(3), finished(3, FROM_SECOND)));

    AnswerEvent.Done done = answer();

    assertThat(done.receipts()).containsExactly(FROM_FIRST, FROM_SECOND);
    assertThat(done.everyPartSigned()).isTrue();
  }

  @Test
  void missesTheReceipt_ofAPartThatWentOnAfterIt() throws Exception {
    workers.add(
        List.of(
            token(1),
            new Receipt(receipt(1, 0)),
            new Broken(RefusalCode.INFERER_FAILED, "Killed.", true)));
    workers.add(List.of(token(2), token(3), finished(3, FROM_SECOND)));

    assertThat(answer().everyPartSigned()).isFalse();
  }

  @Test
  void keepsOneReceiptOfEachPart_howeverManyAWorkerSends() throws Exception {
    workers.add(
        List.of(
            token(1),
            new Receipt(FROM_READYING),
            new Receipt(FROM_FIRST),
            new Broken(RefusalCode.NO_POWER, "Sunset.", true)));
    workers.add(List.of(token(2), token(3), finished(3, FROM_SECOND)));

    AnswerEvent.Done done = answer();

    assertThat(done.receipts()).containsExactly(FROM_FIRST, FROM_SECOND);
    assertThat(done.everyPartSigned()).isTrue();
  }

  @Test
  void missesNoReceipt_ofAWorkerThatBroughtNothing() throws Exception {
    workers.add(List.of(new Broken(RefusalCode.NO_POWER, "Sunset.", true)));
    workers.add(List.of(token(1), token(2), token(3), finished(3, FROM_SECOND)));

    assertThat(answer().everyPartSigned()).isTrue();
  }

  @Test
  void missesTheReceipt_ofAWorkerThatWasKilled() throws Exception {
    workers.add(List.of(token(1), new Broken(RefusalCode.INFERER_FAILED, "Killed.", true)));
    workers.add(List.of(token(2), new Receipt(FROM_FIRST), token(3), finished(3, FROM_SECOND)));

    AnswerEvent.Done done = answer();

    assertThat(done.receipts()).containsExactly(FROM_SECOND);
    assertThat(done.everyPartSigned()).isFalse();
  }

  private final class Workers implements AttemptSource {
    @Override
    public synchronized Attempt start(AnswerSoFar soFar, QueueWatch watch) {
      asked.add(soFar);
      return new Work(asked.size(), new ArrayDeque<>(workers.removeFirst()));
    }

    @Override
    public List<ServedModel> models() {
      return List.of(new ServedModel(ScriptedWorkers.MODEL, "demo", 512));
    }
  }

  private final class Work implements Attempt {
    private final int number;
    private final Deque<AttemptEvent> events;

    Work(int number, Deque<AttemptEvent> events) {
      this.number = number;
      this.events = events;
    }

    /// A worker without more events goes on until it is left.
    @Override
    public AttemptEvent next(Duration stallAfter) throws InterruptedException {
      if (events.isEmpty()) {
        readied.await();
        return new Waiting();
      }
      return events.removeFirst();
    }

    @Override
    public long seed() {
      return ScriptedWorkers.SEED;
    }

    @Override
    public ModelHash model() {
      return ScriptedWorkers.MODEL;
    }

    @Override
    public Optional<Id16> job() {
      return Optional.empty();
    }

    @Override
    public NodeId worker() {
      return ScriptedWorkers.node(number);
    }

    @Override
    public void close() {
      if (number == 2) {
        readied.countDown();
      }
    }
  }
}
