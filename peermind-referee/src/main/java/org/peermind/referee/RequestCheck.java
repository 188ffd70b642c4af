// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Instant;
import java.util.Optional;
import org.peermind.protocol.RefusalCode;
import org.peermind.referee.RefereeInput.AssignRequested;

/// What is wrong with a request whoever could serve it: its ranges, its user's answers at a time
/// and its user's tokens.
final class RequestCheck {
  private static final int TOKENS_MAX = 1_000_000;
  private static final int PROMPT_BYTES_MAX = 16 * 1_024 * 1_024;

  /// Sessions of one job at a time: the one that hands over and the one that goes on.
  static final int SESSIONS_OF_JOB_MAX = 2;

  /// How often one answer may be begun and continued.
  static final int SESSIONS_OF_JOB_EVER_MAX = 64;

  private final RefereeSettings settings;
  private final InfererRegistry registry;
  private final SessionTable sessions;
  private final OfferBook offers;
  private final TokenBudgets budgets;

  RequestCheck(
      RefereeSettings settings,
      InfererRegistry registry,
      SessionTable sessions,
      OfferBook offers,
      TokenBudgets budgets) {
    this.settings = settings;
    this.registry = registry;
    this.sessions = sessions;
    this.offers = offers;
    this.budgets = budgets;
  }

  /// @param job that the request continues
  Optional<Refusal> refusal(AssignRequested input, Optional<SessionTable.Job> job, Instant now) {
    if (registry.find(input.user()) == null) {
      return Optional.of(Refusal.busy("This referee does not know the asking node; attach first."));
    }
    if (input.tokensMax() < 1 || input.tokensMax() > TOKENS_MAX) {
      return badRequest("An answer may have 1 to %d tokens.".formatted(TOKENS_MAX));
    }
    if (input.promptBytes() < 0 || input.promptBytes() > PROMPT_BYTES_MAX) {
      return badRequest("A prompt may have up to %d bytes.".formatted(PROMPT_BYTES_MAX));
    }
    if (input.model().isBlank() || input.model().length() > RefereeCore.MODEL_CHARACTERS_MAX) {
      return badRequest(
          "A model is named by 1 to %d characters.".formatted(RefereeCore.MODEL_CHARACTERS_MAX));
    }
    if (input.excluded().size() > RefereeCore.EXCLUDED_MAX) {
      return badRequest("At most %d inferers may be excluded.".formatted(RefereeCore.EXCLUDED_MAX));
    }
    if (job.isPresent() && !job.get().user().equals(input.user())) {
      return badRequest("The answer to be continued belongs to another user.");
    }
    if (job.isPresent() && sessions.openedOf(job.get().id()) >= SESSIONS_OF_JOB_EVER_MAX) {
      return badRequest(
          "An answer may be continued %d times.".formatted(SESSIONS_OF_JOB_EVER_MAX - 1));
    }
    return tooMany(input, job).or(() -> overBudget(input, job, now));
  }

  private Optional<Refusal> tooMany(AssignRequested input, Optional<SessionTable.Job> job) {
    int most = settings.sessionsPerUserMax();
    int running = job.map(known -> sessions.ofJob(input.user(), known.id())).orElse(0);
    int waiting = offers.waitingOf(input.user());
    if (waiting >= most || (running == 0 && sessions.answersOf(input.user()) + waiting >= most)) {
      return Optional.of(
          Refusal.busy("A user may have %d answers at a time, and all run.".formatted(most)));
    }
    int asked = job.map(known -> offers.waitingForJob(input.user(), known.id())).orElse(0);
    if (running + asked >= SESSIONS_OF_JOB_MAX) {
      return Optional.of(
          Refusal.busy(
              "An answer may run at %d inferers at a time while it is handed over."
                  .formatted(SESSIONS_OF_JOB_MAX)));
    }
    if (offers.size() >= OfferBook.WAITING_MAX
        || sessions.size() + offers.size() >= settings.sessionsMax()) {
      return Optional.of(Refusal.busy("This referee relays as many answers as it can."));
    }
    return Optional.empty();
  }

  private Optional<Refusal> overBudget(
      AssignRequested input, Optional<SessionTable.Job> job, Instant now) {
    return budgets
        .waitFor(
            input.user(),
            job.map(SessionTable.Job::id),
            input.promptBytes(),
            input.tokensMax(),
            now)
        .map(wait -> Refusal.budgetSpent(settings.tokensPerHourPerUser(), wait));
  }

  private static Optional<Refusal> badRequest(String sentence) {
    return Optional.of(Refusal.lasting(RefusalCode.BAD_REQUEST, sentence));
  }
}
