// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.node.query.AttemptEvent.Broken;
import org.peermind.node.query.AttemptEvent.Finished;
import org.peermind.node.query.AttemptEvent.Tokens;
import org.peermind.node.query.AttemptEvent.Waiting;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.QueryEvent;
import org.peermind.telemetry.QueryEvent.Ending;

/// One answer across as many workers as it takes. What a worker delivered is kept as token ids, so
/// that the next one goes on at the next token: nothing is lost and nothing comes twice.
final class ContinuedAnswer implements Answer {
  private final ContinuedAnswers answers;
  private final ContinuationRules rules;
  private final InstantSource clock;
  private final ContinuedAnswers.Pause pause;
  private final EventLog events;
  private final Id16 id;
  private final ChatQuery query;
  private final long seed;
  private final List<Integer> tokens = new ArrayList<>();
  private final Set<NodeId> excluded = new HashSet<>();
  private final Instant asked;

  private Attempt attempt;
  private @Nullable AnswerEvent end;
  private int nearTies;
  private int continuations;
  private int failuresInARow;
  private Instant lastToken;
  private @Nullable Move move;

  /// A worker was lost; told as an event once the next one has brought a token or the end.
  private record Move(NodeId from, RefusalCode cause) {}

  ContinuedAnswer(
      ContinuedAnswers answers,
      ChatQuery query,
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
    this.attempt = first;
    this.seed = first.seed();
    this.asked = asked;
    this.lastToken = asked;
  }

  @Override
  public AnswerEvent next() throws InterruptedException {
    while (end == null) {
      switch (attempt.next(rules.stallAfter())) {
        case Waiting() -> {}
        case Tokens more -> {
          take(more);
          if (!more.text().isEmpty()) {
            return new AnswerEvent.Text(more.text());
          }
        }
        case Finished finished -> {
          tellMove(clock.instant());
          events.record(
              new QueryEvent.AnswerFinished(
                  id,
                  finished.reason() == AnswerEvent.FinishReason.LENGTH
                      ? Ending.LENGTH
                      : Ending.STOP,
                  finished.promptTokens(),
                  finished.completionTokens(),
                  nearTies,
                  continuations,
                  sinceAsked()));
          end =
              new AnswerEvent.Done(
                  finished.reason(),
                  finished.promptTokens(),
                  finished.completionTokens(),
                  nearTies,
                  continuations);
        }
        case Broken broken -> end = takeOver(broken).orElse(null);
      }
    }
    return end;
  }

  private void take(Tokens more) {
    if (!more.ids().isEmpty()) {
      Instant now = clock.instant();
      if (tokens.isEmpty()) {
        events.record(
            new QueryEvent.AnswerStarted(id, attempt.model(), attempt.worker(), sinceAsked()));
      }
      tellMove(now);
      lastToken = now;
    }
    tokens.addAll(more.ids());
    nearTies += more.nearTies().size();
    failuresInARow = 0;
  }

  private void tellMove(Instant now) {
    if (move != null) {
      events.record(
          new QueryEvent.AnswerContinued(
              id,
              move.from(),
              attempt.worker(),
              tokens.size(),
              Duration.between(lastToken, now),
              move.cause()));
      move = null;
    }
  }

  /// Finds another worker within the rules' bounds; returns the end of the answer when there is
  /// none. A worker that failed is asked again only when nobody else is there.
  private Optional<AnswerEvent> takeOver(Broken broken) throws InterruptedException {
    attempt.close();
    failuresInARow++;
    if (!broken.elsewhere() || failuresInARow > rules.failuresMax()) {
      return Optional.of(failed(broken.code(), broken.reason(), 0));
    }
    move = move == null ? new Move(attempt.worker(), broken.code()) : move;
    excluded.add(attempt.worker());
    Instant lost = clock.instant();
    while (true) {
      try {
        attempt = answers.start(soFar());
        continuations++;
        return Optional.empty();
      } catch (QueryRefused refused) {
        boolean tooLate = clock.instant().isAfter(lost.plus(rules.restartWithin()));
        if (tooLate || !mayPass(refused.code())) {
          return Optional.of(
              failed(
                  refused.code(),
                  broken.reason() + " Nobody else could go on: " + refused.reason(),
                  refused.retryAfterSeconds()));
        }
        excluded.clear();
        pause.of(rules.restartPause());
      }
    }
  }

  private AnswerSoFar soFar() {
    return new AnswerSoFar(
        query,
        tokens,
        OptionalLong.of(seed),
        Optional.of(attempt.model()),
        attempt.job(),
        excluded);
  }

  private AnswerEvent failed(RefusalCode code, String reason, int retryAfterSeconds) {
    events.record(new QueryEvent.AnswerFailed(id, code, tokens.size(), sinceAsked()));
    return new AnswerEvent.Failed(code, reason, retryAfterSeconds);
  }

  private Duration sinceAsked() {
    return Duration.between(asked, clock.instant());
  }

  /// Whether a refusal may be over soon.
  private static boolean mayPass(RefusalCode code) {
    return switch (code) {
      case NO_POWER, NO_CAPACITY, UNKNOWN_MODEL, NO_USER_SLOT, NO_REFEREE, INFERER_FAILED -> true;
      case CONTEXT_TOO_LONG, BAD_REQUEST -> false;
    };
  }

  @Override
  public void close() {
    if (end == null) {
      end = new AnswerEvent.Failed(RefusalCode.BAD_REQUEST, "The answer was closed.", 0);
      events.record(
          new QueryEvent.AnswerFinished(
              id, Ending.CANCELLED, 0, tokens.size(), nearTies, continuations, sinceAsked()));
    }
    attempt.close();
  }
}
