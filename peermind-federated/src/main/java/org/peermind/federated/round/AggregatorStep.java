// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.time.Instant;
import org.peermind.protocol.federated.RoundClose;

/// What the aggregator of a round does next.
public sealed interface AggregatorStep {
  /// Nothing, until then or until a member says something.
  record Wait(Instant until) implements AggregatorStep {}

  /// It signs the roster.
  record CloseEnrolment(Instant trainingUntil) implements AggregatorStep {}

  /// It takes no more commitments.
  record CloseCommits(Instant uploadingUntil) implements AggregatorStep {}

  /// It aggregates the updates that are in the transcript.
  record Aggregate(Instant evaluatingUntil) implements AggregatorStep {}

  /// It ends the round.
  record Close(RoundClose.End end, String reason) implements AggregatorStep {}

  /// The round is over.
  record Done() implements AggregatorStep {}

  /// The next step at `now`. Updates are in the transcript only when their vectors have come.
  static AggregatorStep of(Round round, Instant now) {
    boolean isDue = !now.isBefore(round.until());
    int least = round.descriptor().company().least();
    return switch (round.step()) {
      case ENROLLING -> {
        int enrolled = round.enrolled().size();
        if (enrolled < round.descriptor().company().most() && !isDue) {
          yield new Wait(round.until());
        }
        yield enrolled < least
            ? abort(enrolled, "enrolled", least)
            : new CloseEnrolment(TrainingTime.until(round, now));
      }
      case TRAINING -> {
        int trained = round.commits().size();
        if (trained < round.enrolled().size() && !isDue) {
          yield new Wait(round.until());
        }
        yield trained < least
            ? abort(trained, "trained in time", least)
            : new CloseCommits(now.plus(round.descriptor().timetable().uploading()));
      }
      case UPLOADING -> {
        int given = round.updates().size();
        if (given < round.commits().size() && !isDue) {
          yield new Wait(round.until());
        }
        yield given < least
            ? abort(given, "gave an update in time", least)
            : new Aggregate(now.plus(round.descriptor().timetable().evaluating()));
      }
      case EVALUATING ->
          round.evaluations().size() < round.enrolled().size() && !isDue
              ? new Wait(round.until())
              : new Close(round.verdict(), Verdicts.reason(round));
      case CLOSED -> new Done();
    };
  }

  private static Close abort(int members, String verb, int least) {
    return new Close(
        RoundClose.End.ABORTED,
        "Only %d members %s; the round needs %d.".formatted(members, verb, least));
  }
}
