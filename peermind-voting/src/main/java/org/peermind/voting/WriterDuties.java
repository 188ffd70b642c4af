// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Rollback;
import org.peermind.protocol.governance.Stage;

/// What the writer of the ledger has to append: certificates, stages and rollbacks of models and of
/// federated updates. The rules accept a certificate only if a recount gives it, and a stage only
/// in its order and time; a writer that leaves one out is seen by everybody who follows the ledger.
public final class WriterDuties {
  private WriterDuties() {}

  /// The record that is due at `now`, the ledger's time.
  ///
  /// @param health what inferers said of models in their stages
  public static Optional<GovernanceRecord> due(
      Governance governance, HealthWatch health, Instant now) {
    Optional<GovernanceRecord> undoing = undoing(governance, health, now);
    if (undoing.isPresent()) {
      return undoing;
    }
    return governance.votes().stream()
        .sorted()
        .flatMap(vote -> governance.course(vote, now).stream())
        // A rollback waits for nothing else.
        .sorted(Comparator.comparing(course -> course.step() != Course.Step.ACTIVE))
        .flatMap(course -> due(course, governance, health, now))
        .findFirst();
  }

  /// An update that does worse than what was served before is undone while it is watched.
  private static Optional<GovernanceRecord> undoing(
      Governance governance, HealthWatch health, Instant now) {
    Set<NodeId> voters = Set.copyOf(governance.roll().voters(governance.last()));
    return governance
        .updateRollout()
        .filter(update -> update.isWatched(now))
        .map(
            update ->
                health.verdictOfUpdate(
                    update.identity(), update.former(), voters::contains, update.since()))
        .flatMap(
            verdict ->
                switch (verdict) {
                  case HealthWatch.Verdict.Unhealthy(Rollback.Cause _, String reason) ->
                      governance.undoing(reason);
                  case HealthWatch.Verdict.Healthy _, HealthWatch.Verdict.Unknown _ ->
                      Optional.empty();
                });
  }

  private static Stream<GovernanceRecord> due(
      Course course, Governance governance, HealthWatch health, Instant now) {
    return switch (course.step()) {
      case COUNTED ->
          course
              .certificateDue()
              .filter(due -> due.winner().isEmpty() || !isAdopting(governance, now))
              .<GovernanceRecord>map(due -> due)
              .stream();
      case LOCKED_IN ->
          course.adoption().stageDue(now).stream().map(stage -> new Stage(course.id(), stage));
      case ACTIVE -> active(course, governance, health, now).stream();
      case SPONSORING,
          EVALUATING,
          REPORTS_OPENING,
          VOTING,
          BALLOTS_OPENING,
          STARTED,
          DONE,
          KEPT,
          FAILED,
          ROLLED_BACK,
          STOPPED ->
          Stream.empty();
    };
  }

  private static boolean isAdopting(Governance governance, Instant now) {
    return governance.votes().stream()
        .flatMap(vote -> governance.course(vote, now).stream())
        .anyMatch(other -> other.step().isAdoption());
  }

  private static Optional<GovernanceRecord> active(
      Course course, Governance governance, HealthWatch health, Instant now) {
    return switch (verdict(course, governance, health)) {
      case HealthWatch.Verdict.Healthy() ->
          course.adoption().stageDue(now).map(stage -> new Stage(course.id(), stage));
      case HealthWatch.Verdict.Unknown _ -> Optional.empty();
      case HealthWatch.Verdict.Unhealthy(Rollback.Cause cause, String reason) ->
          Optional.of(new Rollback(course.id(), cause, reason));
    };
  }

  /// What is known of the model that a vote has in its stages. Of it only those are heard that
  /// serve it at this stage, and of the model in use only those who may vote: neither light users
  /// nor the many keys of one inviter can undo a model.
  public static HealthWatch.Verdict verdict(
      Course course, Governance governance, HealthWatch health) {
    Digest won = course.winner().orElseThrow();
    ModelHash candidate = course.proposal(won).orElseThrow().candidate().ggufSha256();
    Set<NodeId> voters = Set.copyOf(governance.roll().voters(governance.last()));
    Set<NodeId> serving =
        Rollout.of(governance, governance.last())
            .trial()
            .map(trial -> Set.copyOf(trial.nodes()))
            .orElse(Set.of());
    return health.verdict(
        candidate,
        governance.served(),
        course.aggregation(won).orElseThrow(),
        (node, model) ->
            voters.contains(node) && (!model.equals(candidate) || serving.contains(node)),
        course.adoption().stageFrom().minus(governance.rules().stage()));
  }
}
