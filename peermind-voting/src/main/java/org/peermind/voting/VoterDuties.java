// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.List;
import java.util.stream.Stream;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Rules;

/// What a vote asks of one voter at its present step.
///
/// @param place of the voter on the roll
record VoterDuties(Course course, int place, Governance governance) {
  Stream<Duty> all() {
    return switch (course.step()) {
      case SPONSORING -> course.order().stream().flatMap(this::sponsor);
      case EVALUATING ->
          course.order().stream()
              .filter(one -> course.entrant(one).reports().isOpenFor(place))
              .map(this::evaluate);
      case REPORTS_OPENING -> course.order().stream().flatMap(this::openReport);
      case VOTING ->
          course.ballots().isOpenFor(place)
              ? Stream.of(
                  new Duty.Cast(
                      course.id(),
                      course.options().stream().map(this::measured).toList(),
                      course.deadline()))
              : Stream.empty();
      case BALLOTS_OPENING ->
          course.ballots().unopened(place).stream()
              .map(
                  commit ->
                      new Duty.OpenBallot(course.id(), commit.commitment(), course.deadline()));
      case STARTED, LOCKED_IN -> ready();
      case COUNTED, ACTIVE, DONE, KEPT, FAILED, ROLLED_BACK, STOPPED -> Stream.empty();
    };
  }

  private Stream<Duty> sponsor(Digest proposal) {
    Entrant entrant = course.entrant(proposal);
    return entrant.isSponsored()
            || entrant.proposer() == place
            || entrant.sponsors().contains(place)
        ? Stream.empty()
        : Stream.of(
            new Duty.Sponsor(
                course.id(), proposal, entrant.proposal().candidate(), course.deadline()));
  }

  private Duty evaluate(Digest proposal) {
    Entrant entrant = course.entrant(proposal);
    Entrant.Drawn drawn = entrant.drawn().orElseThrow();
    Rules rules = governance.rules();
    return new Duty.Evaluate(
        course.id(),
        proposal,
        entrant.proposal().candidate(),
        governance.incumbent(),
        drawn.ledger(),
        ItemSeed.of(drawn.ledger(), proposal, drawn.beacon()),
        course.deadline().minus(rules.evaluation()),
        course.voters().indexOf(place),
        course.voters().size(),
        course.deadline());
  }

  private Stream<Duty> openReport(Digest proposal) {
    return course.entrant(proposal).reports().unopened(place).stream()
        .map(
            commit ->
                new Duty.OpenReport(course.id(), proposal, commit.commitment(), course.deadline()));
  }

  private Duty.Option measured(Digest proposal) {
    Entrant entrant = course.entrant(proposal);
    return new Duty.Option(
        proposal, entrant.proposal().candidate(), entrant.aggregation().orElseThrow());
  }

  private Stream<Duty> ready() {
    Digest won = course.winner().orElseThrow();
    return course.adoption().ready().contains(place)
        ? Stream.empty()
        : Stream.of(
            new Duty.SignalReady(
                course.id(), won, course.entrant(won).proposal().candidate(), course.deadline()));
  }

  static List<Duty> of(Course course, int place, Governance governance) {
    return course.isVoter(place)
        ? new VoterDuties(course, place, governance).all().toList()
        : List.of();
  }
}
