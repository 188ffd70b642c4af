// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.Query;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;

/// The vectors of the owner's own texts, made here. It holds a slot of the engine until it is
/// closed.
final class LocalEmbedding implements Attempt {
  private final NodeId self;
  private final EngineAccess engine;
  private final Slots slots;
  private final GreenReceipts.Open receipt;
  private final EmbeddingJob job;
  private final AtomicBoolean closed = new AtomicBoolean();
  private @Nullable Embeddings made;

  /// @param id what the receipt names it
  LocalEmbedding(NodeId self, EngineAccess engine, Slots slots, Id16 id, Query query) {
    this.self = self;
    this.engine = engine;
    this.slots = slots;
    this.receipt = engine.receipt(id);
    this.job = new EmbeddingJob(engine, query.embed());
  }

  @Override
  public AttemptEvent next(Duration stallAfter) throws InterruptedException {
    if (made != null) {
      return new AttemptEvent.Finished(
          FinishReason.STOP, made.tokens(), 0, 0, List.of(), receipt.sign(made.tokens(), 0));
    }
    try {
      Optional<Embeddings> result = job.result(stallAfter);
      if (result.isEmpty()) {
        return new AttemptEvent.Waiting();
      }
      made = result.get();
      return parts(made);
    } catch (IllegalArgumentException refused) {
      return new AttemptEvent.Broken(
          RefusalCode.BAD_REQUEST, String.valueOf(refused.getMessage()), true);
    } catch (EngineException failed) {
      EngineRefusal refusal = EngineRefusal.of(failed.kind());
      return new AttemptEvent.Broken(
          refusal.code(), String.valueOf(failed.getMessage()), refusal.elsewhere());
    }
  }

  private static AttemptEvent.Vectors parts(Embeddings embeddings) {
    List<AttemptEvent.VectorPart> parts = new ArrayList<>();
    for (int text = 0; text < embeddings.vectors().size(); text++) {
      parts.add(new AttemptEvent.VectorPart(text, 0, embeddings.vectors().get(text)));
    }
    return new AttemptEvent.Vectors(parts);
  }

  @Override
  public long seed() {
    return 0;
  }

  @Override
  public ModelHash model() {
    return engine.model().hash();
  }

  @Override
  public Optional<Id16> job() {
    return Optional.empty();
  }

  @Override
  public NodeId worker() {
    return self;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      try {
        job.close();
        receipt.close();
      } finally {
        slots.giveBack();
      }
    }
  }
}
