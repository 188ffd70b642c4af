// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.TrafficShare;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Stage;

/// Who serves which model, and which questions go to it (PMV-1, adoption): at the first stage 5 %
/// of the nodes that are ready and 5 % of the questions, then 25 %, then all. Everybody computes
/// the same from the ledger.
///
/// @param incumbent the model in use; empty while the network has none
/// @param trial of another one, from its first stage until it is adopted or undone
public record Rollout(Optional<ModelHash> incumbent, Optional<Trial> trial) {
  private static final int ALL_PERMILLE = 1_000;

  /// A model in its stages.
  ///
  /// @param sharePermille of the questions, in thousandths
  /// @param nodes that serve it, in the order in which they change to it; at the last stage nodes
  ///   that are not named do so as well, when they have it
  /// @param since when the stage began
  /// @param spread over which nodes change one after the other, so that they are not all without a
  ///   model at one time
  public record Trial(
      Digest vote,
      Digest proposal,
      Proposal.Candidate candidate,
      Stage.Step stage,
      int sharePermille,
      List<NodeId> nodes,
      Instant since,
      Duration spread) {
    public Trial {
      nodes = List.copyOf(nodes);
    }

    /// When a node changes; empty when it keeps the model in use at this stage.
    public Optional<Instant> changeOf(NodeId node) {
      int turn = nodes.indexOf(node);
      if (turn >= 0) {
        return Optional.of(since.plus(spread.multipliedBy(turn).dividedBy(nodes.size())));
      }
      return sharePermille == ALL_PERMILLE ? Optional.of(since.plus(spread)) : Optional.empty();
    }

    /// Which questions go to this model rather than to the one in use.
    public TrafficShare share() {
      return new TrafficShare(proposal, sharePermille);
    }
  }

  /// As the ledger says at `now`, its time.
  public static Rollout of(Governance governance, Instant now) {
    return new Rollout(
        governance.incumbent(),
        governance.votes().stream()
            .flatMap(vote -> governance.course(vote, now).stream())
            .filter(course -> course.step() == Course.Step.ACTIVE)
            .findFirst()
            .flatMap(course -> trial(course, governance)));
  }

  private static Optional<Trial> trial(Course course, Governance governance) {
    Optional<Digest> winner = course.winner();
    Optional<Stage.Step> stage = course.adoption().stage();
    if (winner.isEmpty() || stage.isEmpty()) {
      return Optional.empty();
    }
    int sharePermille =
        switch (stage.get()) {
          case FIVE_PERCENT -> 50;
          case QUARTER -> 250;
          case ALL, DONE -> ALL_PERMILLE;
        };
    List<NodeId> ready =
        course.adoption().ready().stream()
            .flatMap(place -> governance.roll().keyOf(place).stream())
            .sorted(
                Comparator.comparing(node -> Digest.over(winner.get().toBytes(), node.toBytes())))
            .toList();
    Duration stageLength = governance.rules().stage();
    return course
        .proposal(winner.get())
        .map(
            proposal ->
                new Trial(
                    course.id(),
                    winner.get(),
                    proposal.candidate(),
                    stage.get(),
                    sharePermille,
                    ready.subList(0, Math.ceilDiv(ready.size() * sharePermille, ALL_PERMILLE)),
                    course.adoption().stageFrom().minus(stageLength),
                    stageLength.dividedBy(4)));
  }

  /// The model that a node is to serve at `now`; empty while the network has none.
  public Optional<ModelHash> modelOf(NodeId node, Instant now) {
    return trial
        .filter(one -> one.changeOf(node).map(change -> !now.isBefore(change)).orElse(false))
        .map(one -> one.candidate().ggufSha256())
        .or(() -> incumbent);
  }
}
