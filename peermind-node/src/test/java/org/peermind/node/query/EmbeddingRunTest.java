// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Embeddings;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.AttemptEvent.Broken;
import org.peermind.node.query.AttemptEvent.Finished;
import org.peermind.node.query.AttemptEvent.Tokens;
import org.peermind.node.query.AttemptEvent.VectorPart;
import org.peermind.node.query.AttemptEvent.Vectors;
import org.peermind.node.query.AttemptEvent.Waiting;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;

class EmbeddingRunTest {
  private static final Query QUERY = Query.embedding("demo", List.of("a", "b"));
  private static final Finished END = new Finished(FinishReason.STOP, 4, 0);
  private static final Vectors FIRST = vectors(0, 0, 1, 2);
  private static final Vectors SECOND = vectors(1, 0, 3, 4);

  private final Deque<List<AttemptEvent>> workers = new ArrayDeque<>();
  private final List<Set<NodeId>> excluded = new ArrayList<>();
  private int closed;

  private static Vectors vectors(int text, int offset, float... values) {
    List<Float> boxed = new ArrayList<>();
    for (float value : values) {
      boxed.add(value);
    }
    return new Vectors(List.of(new VectorPart(text, offset, boxed)));
  }

  private Embeddings run() throws Exception {
    return new EmbeddingRun(this::start, QUERY, ContinuationRules.standard()).run();
  }

  private Attempt start(AnswerSoFar soFar) throws QueryRefused {
    excluded.add(soFar.excluded());
    if (workers.isEmpty()) {
      throw new QueryRefused(RefusalCode.NO_POWER, "It is night.", 5);
    }
    Deque<AttemptEvent> events = new ArrayDeque<>(workers.removeFirst());
    NodeId worker = NodeId.ofPublicKey(new byte[] {(byte) excluded.size()});
    return new Attempt() {
      @Override
      public AttemptEvent next(Duration stallAfter) {
        return events.removeFirst();
      }

      @Override
      public long seed() {
        return 0;
      }

      @Override
      public ModelHash model() {
        return new ModelHash("%064x".formatted(1));
      }

      @Override
      public Optional<Id16> job() {
        return Optional.of(new Id16(1, 1));
      }

      @Override
      public NodeId worker() {
        return worker;
      }

      @Override
      public void close() {
        closed++;
      }
    };
  }

  @Test
  void putsTheVectorsTogether_inWhateverPartsTheyCome() throws Exception {
    workers.add(
        List.of(new Waiting(), FIRST, vectors(1, 0, 3), vectors(1, 1, 4), new Waiting(), END));

    assertThat(run()).isEqualTo(new Embeddings(List.of(List.of(1f, 2f), List.of(3f, 4f)), 4));
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void beginsAnewElsewhere_whenAnInfererFailsOrSendsNonsense() throws Exception {
    workers.add(List.of(FIRST, new Broken(RefusalCode.NO_POWER, "Sunset.", true)));
    workers.add(List.of(FIRST, END));
    workers.add(List.of(SECOND, vectors(1, 5, 1)));
    workers.add(List.of(vectors(2, 0, 1)));
    workers.add(List.of(vectors(0, 0, Float.NaN)));
    workers.add(List.of(new Tokens(List.of(1), "x", List.of())));
    workers.add(List.of(SECOND, FIRST, END));

    assertThat(run().vectors()).hasSize(2);
    assertThat(closed).isEqualTo(7);
    assertThat(excluded.getLast()).hasSize(6);
  }

  @Test
  void refusesVectorsOfDifferentLengths() {
    workers.add(List.of(FIRST, vectors(1, 0, 1), END));

    assertThatThrownBy(this::run)
        .isInstanceOf(QueryRefused.class)
        .hasMessage("The inferer did not send all vectors.");
  }

  @Test
  void saysWhyTheEngineRefuses_whenNoOtherOneDoes() {
    workers.add(List.of(new Broken(RefusalCode.BAD_REQUEST, "No vectors here.", true)));

    assertThatThrownBy(this::run)
        .isInstanceOfSatisfying(
            QueryRefused.class,
            refused -> assertThat(refused.code()).isEqualTo(RefusalCode.BAD_REQUEST));
  }

  @Test
  void saysWhyNobodyBegins() {
    assertThatThrownBy(this::run).hasMessage("It is night.");
  }

  @Test
  void triesOnlySoManyInferers() {
    for (int i = 0; i < 10; i++) {
      workers.add(List.of(new Broken(RefusalCode.INFERER_FAILED, "Dead.", true)));
    }

    assertThatThrownBy(this::run).hasMessage("Dead.");
    assertThat(workers).hasSize(3);
  }
}
