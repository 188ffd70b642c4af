// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.peermind.inference.Embeddings;
import org.peermind.node.query.AttemptEvent.Broken;
import org.peermind.node.query.AttemptEvent.Finished;
import org.peermind.node.query.AttemptEvent.Receipt;
import org.peermind.node.query.AttemptEvent.Tokens;
import org.peermind.node.query.AttemptEvent.Vectors;
import org.peermind.node.query.AttemptEvent.Waiting;
import org.peermind.node.query.AttemptEvent.Yielding;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;

/// The vectors of one query, by as many workers as it takes: unlike an answer, they begin anew with
/// each worker.
final class EmbeddingRun {
  private final Start start;
  private final Query query;
  private final ContinuationRules rules;
  private final Set<NodeId> excluded = new LinkedHashSet<>();
  private Optional<Id16> job = Optional.empty();

  /// Finds a worker.
  @FunctionalInterface
  interface Start {
    Attempt at(AnswerSoFar soFar) throws QueryRefused, InterruptedException;
  }

  private sealed interface Outcome {
    record Complete(Embeddings embeddings) implements Outcome {}

    record Lost(Broken broken) implements Outcome {}
  }

  EmbeddingRun(Start start, Query query, ContinuationRules rules) {
    this.start = start;
    this.query = query;
    this.rules = rules;
  }

  Embeddings run() throws QueryRefused, InterruptedException {
    Optional<Broken> last = Optional.empty();
    for (int tries = 0; tries <= rules.failuresMax(); tries++) {
      Attempt attempt;
      try {
        attempt = start.at(soFar());
      } catch (QueryRefused nobody) {
        throw last.isEmpty() ? nobody : refused(last.get());
      }
      try (attempt) {
        job = attempt.job().or(() -> job);
        switch (read(attempt)) {
          case Outcome.Complete(Embeddings embeddings) -> {
            return embeddings;
          }
          case Outcome.Lost(Broken broken) -> {
            if (!broken.elsewhere()) {
              throw refused(broken);
            }
            last = Optional.of(broken);
            excluded.add(attempt.worker());
          }
        }
      }
    }
    throw refused(
        last.orElse(new Broken(RefusalCode.INFERER_FAILED, "No inferer made vectors.", false)));
  }

  private static QueryRefused refused(Broken broken) {
    return new QueryRefused(broken.code(), broken.reason(), 0);
  }

  private AnswerSoFar soFar() {
    AnswerSoFar none = AnswerSoFar.none(query);
    return new AnswerSoFar(none.query(), none.tokens(), none.seed(), none.model(), job, excluded);
  }

  private Outcome read(Attempt attempt) throws InterruptedException {
    VectorAssembly vectors = new VectorAssembly(query.embed().size());
    while (true) {
      switch (attempt.next(rules.stallAfter())) {
        case Waiting(), Yielding(var _), Receipt(var _) -> {}
        case Vectors more -> {
          if (!vectors.add(more.parts())) {
            return lost("The inferer sent vectors that do not fit together.");
          }
        }
        case Finished finished -> {
          Optional<Embeddings> whole = vectors.whole(finished.promptTokens());
          return whole.isPresent()
              ? new Outcome.Complete(whole.get())
              : lost("The inferer did not send all vectors.");
        }
        case Tokens _ -> {
          return lost("The inferer sent an answer instead of vectors.");
        }
        case Broken broken -> {
          return new Outcome.Lost(broken);
        }
      }
    }
  }

  private static Outcome lost(String reason) {
    return new Outcome.Lost(new Broken(RefusalCode.INFERER_FAILED, reason, true));
  }
}
