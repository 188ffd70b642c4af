// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Misbehaviour;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Vouch;

/// What an attacker tries on a vote: refused with a sentence, or bounded, and the outcome the same.
class GovernanceAttacksTest {
  private static final Proposal.Change MINOR = Proposal.Change.MINOR;

  @Test
  void farmOfFiftyTimesTheCapacityDoesNotDecide() {
    Town town = new Town(21);
    Digest proposal = town.proposed("new", MINOR);
    long[] speeds = new long[21];
    Arrays.fill(speeds, 30_000);
    speeds[0] = 50 * 30_000;
    town.evaluated(proposal, speeds);
    // The farm and eight others want it: a minority of heads, however much capacity.
    town.voted(proposal, 9);
    assertThat(town.course(proposal).winner()).isEmpty();
    var capacity = town.course(proposal).result().orElseThrow().capacity();
    double all = capacity.preferring(0, 1) + capacity.preferring(1, 0);
    assertThat(capacity.preferring(0, 1) / all).isLessThan(0.5);
  }

  @Test
  void thousandKeysOfOneInviterGetAThirdOfTheHeadsAtMost() {
    Town town = new Town(6);
    IdentityKey inviter = town.voters.getFirst();
    for (int sybil = 0; sybil < 1_000; sybil++) {
      NodeId key = NodeId.ofPublicKey(Town.digest("sybil" + sybil).toBytes());
      town.says(inviter, new Vouch(town.genesis(), key, Role.INFERER));
    }
    assertThat(town.governance.roll().voters(town.now)).hasSize(9);
    assertThat(
            town.refuses(
                    IdentityKey.generate(new SecureRandom()),
                    new Vouch(town.genesis(), inviter.id(), Role.INFERER))
                .sentence())
        .isEqualTo("Only who may vote can vouch for a node.");
  }

  @Test
  void doubleVoteIsVoid_withProof_andCostsTheVote() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    IdentityKey liar = town.voters.get(2);
    SignedEnvelope first = town.sealsBallot(liar, Town.ballot(proposal, 1, 1, 2));
    SignedEnvelope second = Town.ballot(proposal, 1, 2, 1).sign(liar);
    var refused =
        town.refuses(liar, new Commit(Commit.Kind.BALLOT, proposal, 1, Digest.of(second)));
    Misbehaviour proof = refused.proof().orElseThrow();
    town.says(town.writer, proof);
    assertThat(town.refuses(town.writer, proof).sentence()).isEqualTo("This was proven already.");
    assertThat(town.refuses(first).sentence()).contains("quarantined");
    assertThat(town.refuses(liar, new Commit(Commit.Kind.BALLOT, proposal, 2, proposal)).sentence())
        .contains("quarantined");
    assertThat(town.governance.roll().voters(town.now)).doesNotContain(liar.id()).hasSize(2);
    assertThat(town.course(proposal).view().ballotsSealed()).isZero();
    List<SignedEnvelope> ballots =
        town.voters.subList(0, 2).stream()
            .map(voter -> town.sealsBallot(voter, Town.ballot(proposal, 1, 1, 2)))
            .toList();
    town.waits();
    ballots.forEach(town::appends);
    town.waits();
    assertThat(town.course(proposal).winner()).hasValue(proposal);
    town.certified(proposal);
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.STARTED);
  }

  @Test
  void lateEarlyAndUnlikeRevealsAreRefused() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    IdentityKey voter = town.voters.get(0);
    SignedEnvelope ballot = town.sealsBallot(voter, Town.ballot(proposal, 1, 1, 2));
    assertThat(town.refuses(ballot).sentence()).isEqualTo("Ballots cannot be opened now.");
    town.waits();
    assertThat(town.refuses(voter, Town.ballot(proposal, 1, 1, 2)).sentence())
        .isEqualTo("This is not what you sealed.");
    assertThat(town.refuses(town.voters.get(1), Town.ballot(proposal, 1, 1, 2)).sentence())
        .isEqualTo("You sealed nothing in time.");
    assertThat(
            town.refuses(voter, new Commit(Commit.Kind.BALLOT, proposal, 2, proposal)).sentence())
        .isEqualTo("Ballots cannot be sealed now.");
    town.appends(ballot);
    assertThat(town.refuses(ballot).sentence()).isEqualTo("You opened it already.");
    town.waits();
    assertThat(town.refuses(ballot).sentence()).isEqualTo("Ballots cannot be opened now.");
  }

  @Test
  void changedBallotReplacesTheEarlierOne_untilTheDeadline() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    IdentityKey voter = town.voters.get(0);
    SignedEnvelope first = town.sealsBallot(voter, Town.ballot(proposal, 1, 1, 2));
    SignedEnvelope second = town.sealsBallot(voter, Town.ballot(proposal, 2, 2, 1));
    assertThat(
            town.refuses(voter, new Commit(Commit.Kind.BALLOT, proposal, 1, Digest.of(first)))
                .sentence())
        .isEqualTo("A later one of yours is sealed already.");
    town.waits();
    assertThat(town.refuses(first).sentence()).isEqualTo("This is not what you sealed.");
    town.appends(second);
  }

  @Test
  void copiedReportCannotBeOpened_andItsCopyDoesNotSilenceTheAuthor() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    IdentityKey author = town.voters.get(0);
    IdentityKey thief = town.voters.get(1);
    EvaluationReveal measured = town.honestReport(proposal, 30_000);
    SignedEnvelope report = measured.sign(author);
    // The thief is faster than the author, and seals what it saw under way.
    town.says(thief, new Commit(Commit.Kind.EVALUATION, proposal, 0, Digest.of(report)));
    town.says(author, new Commit(Commit.Kind.EVALUATION, proposal, 0, Digest.of(report)));
    town.waits();
    town.appends(report);
    assertThat(town.refuses(report).sentence()).isEqualTo("You opened it already.");
    assertThat(town.refuses(thief, measured).sentence()).isEqualTo("This is not what you sealed.");
    assertThat(town.refuses(town.voters.get(2), measured).sentence())
        .isEqualTo("You sealed nothing in time.");
    assertThat(
            town.refuses(thief, new Commit(Commit.Kind.EVALUATION, proposal, 0, proposal))
                .sentence())
        .isEqualTo("Reports cannot be sealed now.");
  }

  @Test
  void inflatedReportsOfAMinorityDoNotMoveTheResult() {
    Town town = new Town(7);
    Digest proposal = town.proposed("new", MINOR);
    List<SignedEnvelope> reports = new ArrayList<>();
    for (int voter = 0; voter < 7; voter++) {
      boolean isLiar = voter < 2;
      reports.add(
          town.sealsReport(
              town.voters.get(voter),
              isLiar
                  ? town.report(
                      proposal,
                      Town.figures(30_000_000, 200, OptionalLong.of(100), 48),
                      Town.figures(90_000_000, 2, OptionalLong.of(1), 60))
                  : town.report(
                      proposal,
                      Town.figures(30_000, 200, OptionalLong.of(100), 48),
                      Town.figures(29_000, 210, OptionalLong.of(130 + voter), 48))));
    }
    town.waits();
    reports.forEach(town::appends);
    town.waits();
    assertThat(town.course(proposal).view().sentences())
        .singleElement()
        .asString()
        .startsWith("new: Its energy per token is 13")
        .endsWith("% of the incumbent's; 115.0 % are allowed.");
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.FAILED);
  }

  @Test
  void inflatedClaimsOfAProposerCountForNothing() {
    Town town = new Town(3);
    Proposal honest = town.proposal("new", MINOR, Optional.empty());
    Proposal boast =
        new Proposal(
            honest.genesis(),
            honest.joins(),
            MINOR,
            honest.candidate(),
            new Proposal.Claims(
                1, OptionalLong.of(1), 0, 1L << 40, List.of(new Proposal.Accuracy("all", 1_000))),
            honest.source(),
            honest.supersedes(),
            honest.lineage(),
            OptionalInt.empty());
    Digest proposal = town.says(town.voters.get(0), boast);
    town.says(town.voters.get(1), new Sponsor(proposal));
    List<SignedEnvelope> reports =
        town.voters.stream()
            .map(
                voter ->
                    town.sealsReport(
                        voter,
                        town.report(
                            proposal,
                            Town.figures(30_000, 200, OptionalLong.of(100), 48),
                            Town.figures(29_000, 210, OptionalLong.of(130), 30))))
            .toList();
    town.waits();
    reports.forEach(town::appends);
    town.waits();
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.FAILED);
    assertThat(town.course(proposal).view().sentences())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("new: Its energy per token is 130.0 %");
  }

  @Test
  void certificateOfAChangedRollOrResultIsRefused() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 2);
    Certificate due = town.course(proposal).certificateDue().orElseThrow();
    for (Certificate forged :
        List.of(
            new Certificate(proposal, Town.digest("roll"), due.winner(), due.beacon()),
            new Certificate(proposal, due.roll(), Optional.empty(), due.beacon()),
            new Certificate(proposal, due.roll(), due.winner(), Town.digest("beacon")))) {
      assertThat(town.refuses(town.writer, forged).sentence())
          .isEqualTo("A recount gives another roll or another result.");
    }
    assertThat(town.refuses(town.voters.getFirst(), due).sentence())
        .isEqualTo("Only the writer of the ledger may say this.");
    town.certified(proposal);
  }

  @Test
  void noEntryIsAcceptedTwice() {
    Town town = new Town(3);
    IdentityKey light = Town.newKey();
    town.says(town.voters.get(0), new Vouch(town.genesis(), light.id(), Role.LIGHT_USER));
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 2);
    town.certified(proposal);
    town.adopted(proposal, "new");
    for (Witnessed entry : town.ledger) {
      assertThat(town.refuses(entry.record()).sentence()).isNotBlank().endsWith(".");
    }
  }

  @Test
  void strangersAndOtherNetworksAreRefused() {
    Town town = new Town(3);
    Town other = new Town(3);
    IdentityKey stranger = Town.newKey();
    assertThat(town.refuses(stranger, town.proposal("new", MINOR, Optional.empty())).sentence())
        .isEqualTo("The author does not belong to this network.");
    assertThat(
            town.refuses(town.voters.get(0), other.proposal("new", MINOR, Optional.empty()))
                .sentence())
        .isEqualTo("This record is of another network.");
    assertThat(town.refuses(town.voters.get(0), new Sponsor(Town.digest("none"))).sentence())
        .isEqualTo("There is no such proposal.");
    assertThat(
            town.governance.after(
                new Witnessed(5, town.now, new Sponsor(town.genesis()).sign(stranger))))
        .isEqualTo(
            new Governance.Outcome.Refused("Entries come one after the other.", Optional.empty()));
    assertThat(
            town.governance.after(
                new Witnessed(
                    1, town.now.minusMillis(1), new Sponsor(town.genesis()).sign(stranger))))
        .isEqualTo(
            new Governance.Outcome.Refused(
                "The time of the ledger does not go back.", Optional.empty()));
  }
}
