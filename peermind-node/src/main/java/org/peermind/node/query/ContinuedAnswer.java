// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.QueryEvent;
import org.peermind.telemetry.QueryEvent.Ending;

/// One answer across as many workers as it takes. What a worker delivered is kept as token ids, so
/// that the next one goes on at the next token: nothing is lost and nothing comes twice. Text of an
/// engine that tells no token ids cannot be gone on with: once some was shown, its worker's end is
/// the answer's.
///
/// One thread reads; another one may close at any time. The lock guards what both touch: the
/// attempt and the end.
final class ContinuedAnswer implements Answer {
  /// Inferers that one request excludes at most; the latest failures count.
  private static final int EXCLUDED_MAX = 16;

  /// Far more than the longest token of any vocabulary, with a stop text's held-back beginning.
  private static final int CHARACTERS_PER_TOKEN_MAX = 1_024;

  private static final String WITHOUT_TOKENS =
      " What was shown came without tokens, so that nobody can go on with it; ask again.";

  private final ContinuedAnswers answers;
  private final ContinuationRules rules;
  private final InstantSource clock;
  private final ContinuedAnswers.Pause pause;
  private final EventLog events;
  private final Id16 id;
  private final QueueWatch watch;
  private final long seed;
  private final List<Integer> tokens = new ArrayList<>();
  private final Set<NodeId> excluded = new LinkedHashSet<>();
  private final AnswerReceipts receipts = new AnswerReceipts();
  private final Instant asked;

  private final Object lock = new Object();

  private Attempt attempt;
  private Query query;
  private @Nullable Handover handover;
  private @Nullable AnswerEvent end;
  private Optional<Id16> job;
  private String yieldReason = "";
  private int nearTies;
  private long charactersWithoutTokens;
  private int continuations;
  private int failuresInARow;
  private Instant lastToken;
  private @Nullable Move move;

  /// Read by the reading thread only.
  private @Nullable AnswerEvent held;

  private boolean isNamed;

  /// A worker was lost; told as an event once the next one has brought a token.
  private record Move(NodeId from, RefusalCode cause) {}

  ContinuedAnswer(
      ContinuedAnswers answers,
      Query query,
      QueueWatch watch,
      Attempt first,
      Instant asked,
      Id16 id,
      ContinuationRules rules,
      InstantSource clock,
      ContinuedAnswers.Pause pause,
      EventLog events) {
    this.answers = answers;
    this.rules = rules;
    this.clock = clock;
    this.pause = pause;
    this.events = events;
    this.id = id;
    this.query = query;
    this.watch = watch;
    this.attempt = first;
    this.job = first.job();
    this.seed = first.seed();
    this.isNamed = !query.model().equals(ServedModel.NETWORK);
    this.asked = asked;
    this.lastToken = asked;
  }

  @Override
  public AnswerEvent next() throws InterruptedException {
    AnswerEvent later = held;
    if (later != null) {
      held = null;
      return later;
    }
    while (true) {
      Attempt current;
      synchronized (lock) {
        if (end != null) {
          return end;
        }
        current = attempt;
      }
      if (isHandoverReady()) {
        takeOver(current, new Broken(RefusalCode.NO_POWER, yieldReason, true));
        continue;
      }
      switch (current.next(rules.stallAfter())) {
        case Waiting() -> {}
        case Yielding(String reason) -> handOver(current, reason);
        case Tokens more -> {
          Optional<String> excess = excessOf(more);
          if (excess.isPresent()) {
            takeOver(current, new Broken(RefusalCode.INFERER_FAILED, excess.get(), true));
          } else {
            take(current, more);
            if (!more.text().isEmpty() || !more.logprobs().isEmpty()) {
              return named(current, new AnswerEvent.Text(more.text(), more.logprobs()));
            }
          }
        }
        case Receipt(SignedEnvelope receipt) -> receipts.keep(receipt);
        case Vectors _ ->
            takeOver(
                current, new Broken(RefusalCode.INFERER_FAILED, "The inferer sent vectors.", true));
        case Finished finished -> {
          tellMove(current, clock.instant());
          finish(finished);
          if (!isNamed) {
            isNamed = true;
            return new AnswerEvent.Answering(answers.nameOf(current.model()));
          }
        }
        case Broken broken -> takeOver(current, broken);
      }
    }
  }

  /// The first text of a question that left the model to the network follows on the model's name.
  private AnswerEvent named(Attempt from, AnswerEvent.Text text) throws InterruptedException {
    if (isNamed) {
      return text;
    }
    isNamed = true;
    held = text;
    return new AnswerEvent.Answering(answers.nameOf(from.model()));
  }

  /// Readies another worker while this one goes on; once is enough for a worker.
  private void handOver(Attempt yielding, String reason) {
    boolean worthwhile = charactersWithoutTokens == 0 && tokens.size() + 1 < query.tokensMax();
    if (handover != null || !worthwhile) {
      return;
    }
    if (query.conversation().isEmpty()) {
      query = query.withConversation(answers.freshId());
    }
    yieldReason = reason;
    exclude(yielding.worker());
    Handover begun = Handover.begin(answers, soFar(yielding), rules.stallAfter());
    boolean closed;
    synchronized (lock) {
      closed = end != null;
      handover = begun;
    }
    if (closed) {
      begun.close();
    }
  }

  private boolean isHandoverReady() {
    synchronized (lock) {
      return handover != null && handover.isReady();
    }
  }

  private void endHandover() {
    Handover over;
    synchronized (lock) {
      over = handover;
      handover = null;
    }
    if (over != null) {
      over.close();
    }
  }

  /// What is too much in what a worker sent. Text without token ids counts against the tokens that
  /// were asked for, as those that the text may have been made of.
  private Optional<String> excessOf(Tokens more) {
    if (tokens.size() + more.ids().size() > query.tokensMax()
        || more.nearTies().size() > more.ids().size()) {
      return Optional.of("The inferer sent more than was asked for.");
    }
    if (!LogprobCheck.passes(more, query.topLogprobs())) {
      return Optional.of("The inferer sent other probabilities than were asked for.");
    }
    long characters = more.text().length() + (more.ids().isEmpty() ? charactersWithoutTokens : 0);
    int room = more.ids().isEmpty() ? query.tokensMax() - tokens.size() : more.ids().size();
    if (characters > (long) CHARACTERS_PER_TOKEN_MAX * room) {
      return Optional.of("The inferer sent more text than its tokens can hold.");
    }
    return Optional.empty();
  }

  private void finish(Finished finished) {
    receipts.worked(0);
    finished.receipt().ifPresent(receipts::keep);
    QueryEvent told =
        new QueryEvent.AnswerFinished(
            id,
            finished.reason() == AnswerEvent.FinishReason.LENGTH ? Ending.LENGTH : Ending.STOP,
            finished.promptTokens(),
            finished.completionTokens(),
            nearTies,
            continuations,
            sinceAsked());
    end(
        new AnswerEvent.Done(
            finished.reason(),
            finished.promptTokens(),
            finished.cachedTokens(),
            finished.completionTokens(),
            nearTies,
            continuations,
            finished.toolCalls(),
            receipts.signed(),
            receipts.complete()),
        told);
  }

  private void take(Attempt from, Tokens more) {
    if (more.ids().isEmpty() && more.text().isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    if (tokens.isEmpty() && charactersWithoutTokens == 0) {
      events.record(new QueryEvent.AnswerStarted(id, from.model(), from.worker(), sinceAsked()));
    }
    tellMove(from, now);
    lastToken = now;
    // Where an engine tells no ids, a frame is one piece of its text at least.
    receipts.worked(Math.max(1, more.ids().size()));
    tokens.addAll(more.ids());
    charactersWithoutTokens += more.ids().isEmpty() ? more.text().length() : 0;
    nearTies += more.nearTies().size();
    failuresInARow = 0;
  }

  /// Tells of a take-over once the new worker has brought something, be it only the end.
  private void tellMove(Attempt to, Instant now) {
    if (move != null) {
      events.record(
          new QueryEvent.AnswerContinued(
              id,
              move.from(),
              to.worker(),
              tokens.size(),
              Duration.between(lastToken, now),
              move.cause()));
      move = null;
    }
  }

  /// Finds another worker within the rules' bounds, or ends the answer when there is none. A worker
  /// that failed is asked again only when nobody else is there.
  private void takeOver(Attempt lost, Broken broken) throws InterruptedException {
    endHandover();
    lost.close();
    failuresInARow++;
    if (!broken.elsewhere() || failuresInARow > rules.failuresMax()) {
      fail(broken.code(), broken.reason(), 0);
      return;
    }
    if (charactersWithoutTokens > 0) {
      fail(broken.code(), broken.reason() + WITHOUT_TOKENS, 0);
      return;
    }
    move = move == null ? new Move(lost.worker(), broken.code()) : move;
    if (broken.code() != RefusalCode.NO_REFEREE) {
      exclude(lost.worker());
    }
    Instant lostAt = clock.instant();
    while (!isOver()) {
      try {
        goOnWith(answers.start(soFar(lost), watch));
        return;
      } catch (QueryRefused refused) {
        boolean tooLate = clock.instant().isAfter(lostAt.plus(rules.restartWithin()));
        if (tooLate || !mayPass(refused.code())) {
          fail(
              tellsWhen(refused.code()) ? refused.code() : broken.code(),
              broken.reason() + " Nobody else could go on: " + refused.reason(),
              refused.retryAfterSeconds());
          return;
        }
        excluded.clear();
        pause.of(rules.restartPause());
      }
    }
  }

  private boolean isOver() {
    synchronized (lock) {
      return end != null;
    }
  }

  private void exclude(NodeId worker) {
    excluded.add(worker);
    if (excluded.size() > EXCLUDED_MAX) {
      excluded.remove(excluded.iterator().next());
    }
  }

  /// Takes a new worker on, unless the answer was closed while one was looked for.
  private void goOnWith(Attempt next) {
    boolean closed;
    synchronized (lock) {
      closed = end != null;
      attempt = next;
    }
    if (closed) {
      next.close();
      return;
    }
    continuations++;
    receipts.nextPart();
    job = next.job().or(() -> job);
  }

  /// Before anything came, an answer under the network's own name may begin anew on another model:
  /// one in its stages that fails costs no user an answer.
  private AnswerSoFar soFar(Attempt lost) {
    boolean isFree =
        tokens.isEmpty()
            && charactersWithoutTokens == 0
            && query.model().equals(ServedModel.NETWORK);
    return new AnswerSoFar(
        query,
        tokens,
        OptionalLong.of(seed),
        isFree ? Optional.empty() : Optional.of(lost.model()),
        isFree ? Optional.empty() : job,
        excluded);
  }

  private void fail(RefusalCode code, String reason, int retryAfterSeconds) {
    end(
        new AnswerEvent.Failed(code, reason, retryAfterSeconds),
        new QueryEvent.AnswerFailed(id, code, tokens.size(), sinceAsked()));
  }

  /// Ends the answer once; what comes first counts and is told.
  private void end(AnswerEvent last, QueryEvent told) {
    synchronized (lock) {
      if (end != null) {
        return;
      }
      end = last;
    }
    endHandover();
    events.record(told);
  }

  private Duration sinceAsked() {
    return Duration.between(asked, clock.instant());
  }

  /// Whether a refusal may be over soon.
  private static boolean mayPass(RefusalCode code) {
    return switch (code) {
      case NO_POWER,
          NO_CAPACITY,
          UNKNOWN_MODEL,
          NO_USER_SLOT,
          BUDGET_SPENT,
          NO_REFEREE,
          INFERER_FAILED ->
          true;
      case CONTEXT_TOO_LONG, BAD_REQUEST -> false;
    };
  }

  /// Whether a refusal says more to the one who asked than the failure that led to it: there is
  /// nobody now, and it is known why.
  private static boolean tellsWhen(RefusalCode code) {
    return switch (code) {
      case NO_POWER, NO_CAPACITY, NO_USER_SLOT, BUDGET_SPENT, NO_REFEREE -> true;
      case UNKNOWN_MODEL, INFERER_FAILED, CONTEXT_TOO_LONG, BAD_REQUEST -> false;
    };
  }

  /// What the closing thread counts may be a token behind the reading one.
  @Override
  public void close() {
    end(
        new AnswerEvent.Failed(RefusalCode.BAD_REQUEST, "The answer was closed.", 0),
        new QueryEvent.AnswerFinished(
            id, Ending.CANCELLED, 0, tokens.size(), nearTies, continuations, sinceAsked()));
    Attempt last;
    synchronized (lock) {
      last = attempt;
    }
    last.close();
  }
}
