// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Rules;
import org.peermind.voting.Aggregation;
import org.peermind.voting.Attendance;
import org.peermind.voting.Course;
import org.peermind.voting.Governance;

/// Votes as JSON for people and programs: where they stand, who took part, and what comes next.
final class VoteDocuments {
  private final NodeId self;
  private final OwnerWishes wishes;

  VoteDocuments(NodeId self, OwnerWishes wishes) {
    this.self = self;
    this.wishes = wishes;
  }

  /// One vote.
  Optional<ObjectNode> vote(Governance governance, Digest vote, Instant now, Steward.Doing doing) {
    Optional<Course> course = governance.course(vote, now);
    Optional<Attendance> attendance = Attendance.of(governance, vote, now);
    if (course.isEmpty() || attendance.isEmpty()) {
      return Optional.empty();
    }
    Course.View view = course.get().view();
    Attendance there = attendance.get();
    ObjectNode document =
        JsonNodeFactory.instance
            .objectNode()
            .put("vote", vote.hex())
            .put("short", vote.shortText())
            .put("step", word(view.step()))
            .put("over", view.step().isEnd());
    if (view.deadline().isBefore(Instant.MAX)) {
      document
          .put("deadline", view.deadline().toString())
          .put("seconds_left", Math.max(0, Duration.between(now, view.deadline()).toSeconds()));
    }
    document.put("next", next(view.step(), governance.rules()));
    document.put("voters", there.voters().size()).put("may_vote", there.voters().contains(self));
    ArrayNode candidates = document.putArray("candidates");
    there.candidates().forEach(one -> candidate(candidates.addObject(), one, course.get()));
    nodes(document.putArray("ballots_sealed"), there.ballots().keySet());
    nodes(document.putArray("ballots_opened"), there.opened());
    nodes(document.putArray("ready"), there.ready());
    view.stage().ifPresent(stage -> document.put("stage", word(stage)));
    course
        .get()
        .winner()
        .ifPresent(
            winner -> document.put("winner", winner.hex()).put("winner_name", name(there, winner)));
    ArrayNode sentences = document.putArray("sentences");
    view.sentences().forEach(sentences::add);
    ArrayNode own = document.putArray("own");
    doing.of(vote).forEach(own::add);
    wishes.ballot(vote).ifPresent(ballot -> document.put("own_ballot", words(ballot, there)));
    return Optional.of(document);
  }

  private static String name(Attendance there, Digest proposal) {
    return there.candidates().stream()
        .filter(one -> one.id().equals(proposal))
        .map(one -> one.proposal().candidate().name())
        .findFirst()
        .orElse(proposal.shortText());
  }

  private static String words(BallotWish ballot, Attendance there) {
    Map<String, Integer> ranks = new HashMap<>();
    ballot.ranks().forEach((proposal, rank) -> ranks.put(name(there, proposal), rank));
    ranks.put(BallotText.KEEP, ballot.keep());
    return BallotText.words(ranks);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void nodes(ArrayNode array, Collection<NodeId> nodes) {
    nodes.stream().sorted().forEach(node -> array.add(node.shortText()));
  }

  private void candidate(ObjectNode row, Attendance.Candidate one, Course course) {
    row.put("proposal", one.id().hex())
        .put("short", one.id().shortText())
        .put("name", one.proposal().candidate().name())
        .put("licence", one.proposal().candidate().licence())
        .put("sha256", one.proposal().candidate().ggufSha256().hex())
        .put("bytes", one.proposal().candidate().ggufBytes())
        .put("change", word(one.proposal().change()))
        .put("source", one.proposal().source())
        .put("sponsored", one.isSponsored())
        .put("eligible", course.view().options().contains(one.id()));
    one.proposal()
        .accuracyFloorPermille()
        .ifPresent(floor -> row.put("accuracy_floor_permille", floor));
    one.proposer().ifPresent(node -> row.put("proposer", node.shortText()));
    nodes(row.putArray("sponsors"), one.sponsors());
    nodes(row.putArray("reports_sealed"), one.sealedReports());
    nodes(row.putArray("reports_opened"), one.openedReports());
    course.aggregation(one.id()).ifPresent(found -> measured(row.putObject("measured"), found));
  }

  private static void measured(ObjectNode row, Aggregation found) {
    row.put("reports", found.reports())
        .put("accuracy_permille", found.accuracyPermille())
        .put("accuracy_change_least_permille", found.accuracyChangeLeast())
        .put("vram_mib", found.vramMib());
    interval(row, "energy_permille", found.energy());
    interval(row, "latency_permille", found.latency());
    interval(row, "speed_permille", found.speed());
    ArrayNode failed = row.putArray("failed");
    found.failed().forEach(failed::add);
    ArrayNode labels = row.putArray("labels");
    found.labels().forEach(labels::add);
  }

  private static void interval(
      ObjectNode row, String name, Optional<Aggregation.Interval> interval) {
    interval.ifPresent(
        of -> {
          ArrayNode values = row.putArray(name);
          values.add(of.median()).add(of.low()).add(of.high());
        });
  }

  private static String next(Course.Step step, Rules rules) {
    return switch (step) {
      case SPONSORING -> "Once enough voters sponsor it, it is measured; else it fails.";
      case EVALUATING -> "Voters measure the candidates and seal their reports until then.";
      case REPORTS_OPENING -> "Reports are opened; those that pass the gates can be voted for.";
      case VOTING -> "Voters seal their ballots until then, and may change them.";
      case BALLOTS_OPENING -> "Ballots are opened and then counted.";
      case COUNTED -> "The ledger's writer certifies the count.";
      case STARTED -> "Nodes fetch and try the model; it begins when enough are ready.";
      case LOCKED_IN -> "Enough nodes are ready; the first stage comes next.";
      case ACTIVE ->
          "The model is in its stages of %d s each; it is undone if it does worse."
              .formatted(rules.stage().toSeconds());
      case DONE -> "It is over: the model is in use.";
      case KEPT -> "It is over: the model in use stays.";
      case FAILED -> "It is over: it failed.";
      case ROLLED_BACK -> "It is over: the model was undone.";
      case STOPPED -> "It is over: the model was stopped in an emergency.";
    };
  }
}
