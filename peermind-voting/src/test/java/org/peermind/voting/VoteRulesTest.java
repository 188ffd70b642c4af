// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EmergencyStop;
import org.peermind.protocol.governance.KeyRotation;
import org.peermind.protocol.governance.Misbehaviour;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Stage;
import org.peermind.protocol.governance.Vouch;

/// Rules of PMV-1 at their edges: who waits, which keys count, what nobody can block.
class VoteRulesTest {
  private static final Proposal.Change MINOR = Proposal.Change.MINOR;
  private static final Duration WAIT = Duration.ofHours(1);

  private static Town patientTown(int voters) {
    Rules quick = Rules.bootstrap(List.of("Apache-2.0", "MIT"));
    return new Town(
        voters,
        new Rules(
            quick.sponsoring(),
            quick.evaluation(),
            quick.evaluationReveal(),
            quick.voting(),
            quick.votingReveal(),
            quick.readiness(),
            quick.activationDelay(),
            quick.stage(),
            WAIT,
            quick.quarantine(),
            quick.admissionWait(),
            quick.vouchers(),
            quick.licences(),
            quick.unknownEnergyPasses(),
            quick.energyPermilleMax(),
            quick.latencyPermilleMax(),
            quick.accuracyLossPermilleMax(),
            quick.readyCapacityPercent(),
            quick.readyHeadsPercent(),
            quick.suite(),
            quick.items(),
            false));
  }

  private static void rotate(Town town, IdentityKey old, IdentityKey next) {
    town.says(
        old, new KeyRotation(town.genesis(), KeyRotation.accept(town.genesis(), old.id(), next)));
  }

  private static String refusal(Town town, int voter, String name, Optional<Digest> joins) {
    return town.refuses(town.voters.get(voter), town.proposal(name, MINOR, joins)).sentence();
  }

  private static void adopt(Town town, String name) {
    adopt(town, town.proposed(name, MINOR), name);
  }

  private static void adopt(Town town, Digest proposal, String name) {
    town.evaluated(proposal, 30_000);
    town.voted(proposal, town.voters.size());
    town.certified(proposal);
    town.adopted(proposal, name);
  }

  @Test
  void ballotIsOpenedUnderTheKeyThatSealedIt_afterThatWasReplaced() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    IdentityKey old = town.voters.get(2);
    SignedEnvelope ballot = town.sealsBallot(old, Town.ballot(proposal, 1, 1, 2));
    IdentityKey next = Town.newKey();
    town.waits();
    rotate(town, old, next);
    assertThat(Duty.of(town.governance, next.id(), town.now))
        .singleElement()
        .isInstanceOf(Duty.OpenBallot.class);
    assertThat(town.refuses(next, Town.ballot(proposal, 1, 1, 2)).sentence())
        .isEqualTo("This is not what you sealed.");
    town.appends(ballot);
    assertThat(town.refuses(ballot).sentence()).isEqualTo("You opened it already.");
    assertThat(town.refuses(old, town.proposal("other", MINOR, Optional.empty())).sentence())
        .isEqualTo("The author does not belong to this network.");
  }

  @Test
  void doubleVoterDoesNotEscapeUnderAnotherKey() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    IdentityKey liar = town.voters.get(2);
    IdentityKey next = Town.newKey();
    SignedEnvelope ballot = town.sealsBallot(liar, Town.ballot(proposal, 1, 1, 2));
    SignedEnvelope first = town.ledger.getLast().record();
    SignedEnvelope second = new Commit(Commit.Kind.BALLOT, proposal, 1, proposal).sign(liar);
    rotate(town, liar, next);
    town.says(town.voters.get(0), new Misbehaviour(town.genesis(), first, second));
    assertThat(town.governance.roll().isQuarantined(next.id(), town.now)).isTrue();
    assertThat(town.course(proposal).view().ballotsSealed()).isZero();
    town.waits();
    assertThat(town.refuses(ballot).sentence()).contains("quarantined");
  }

  @Test
  void sealingTheSameAgainIsNoLie() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.sealsReport(town.voters.get(0), town.honestReport(proposal, 30_000));
    var refused = town.refuses(town.ledger.getLast().record());
    assertThat(refused.sentence()).isEqualTo("You sealed this already.");
    assertThat(refused.proof()).isEmpty();
  }

  @Test
  void whoFoundNoSponsorsWaits_whoseVoteFailedByAnotherDoesNot() {
    Town town = patientTown(5);
    Digest first = town.says(town.voters.get(0), town.proposal("new", MINOR, Optional.empty()));
    Digest second =
        town.says(town.voters.get(1), town.proposal("other", MINOR, Optional.of(first)));
    town.says(town.voters.get(2), new Sponsor(second));
    town.says(town.voters.get(3), new Sponsor(second));
    town.waits();
    assertThat(town.course(first).step()).isEqualTo(Course.Step.FAILED);
    assertThat(refusal(town, 0, "third", Optional.empty()))
        .startsWith("Your last proposal failed; propose again from 2026-06-21T11:05:00Z");
    Digest third =
        town.says(town.voters.get(1), town.proposal("other again", MINOR, Optional.empty()));
    town.says(town.voters.get(2), town.proposal("fourth", MINOR, Optional.of(third)));
    town.says(town.voters.get(3), new Sponsor(third));
    town.says(town.voters.get(4), new Sponsor(third));
    town.waits();
    assertThat(town.course(third).step()).isEqualTo(Course.Step.EVALUATING);
    assertThat(refusal(town, 2, "fifth", Optional.empty())).startsWith("Your last proposal failed");
    assertThat(refusal(town, 1, "sixth", Optional.empty()))
        .isEqualTo("You have a proposal that is not decided yet.");
  }

  @Test
  void rejectedProposerWaits_adoptedOneMayUpgradeAtOnce() {
    Town town = patientTown(3);
    adopt(town, "new");
    Digest upgrade = town.proposed("newer", MINOR);
    town.evaluated(upgrade, 30_000);
    town.voted(upgrade, 1);
    town.certified(upgrade);
    assertThat(town.course(upgrade).step()).isEqualTo(Course.Step.KEPT);
    assertThat(refusal(town, 0, "newest", Optional.empty()))
        .startsWith("Your last proposal failed");
    town.now = town.now.plus(WAIT);
    adopt(town, "newest");
    assertThat(town.governance.incumbent()).hasValue(Town.model("newest"));
    assertThat(refusal(town, 1, "newest", Optional.empty()))
        .isEqualTo("This model is in use already.");
    assertThat(refusal(town, 0, "new", Optional.empty()))
        .isEqualTo("This was proposed already; word its source anew to propose it again.");
    Digest back = town.says(town.voters.get(1), town.proposal("new", MINOR, Optional.empty()));
    town.says(town.voters.get(0), new Sponsor(back));
    adopt(town, back, "new");
    assertThat(town.governance.incumbent()).hasValue(Town.model("new"));
  }

  @Test
  void adoptionOvertakesOtherVotes_withoutAWait() {
    Town town = patientTown(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 3);
    town.certified(proposal);
    Digest late = town.says(town.voters.get(1), town.proposal("late", MINOR, Optional.empty()));
    town.voters.forEach(voter -> town.says(voter, new Ready(proposal, Town.model("new"))));
    for (var step : Stage.Step.values()) {
      town.says(town.writer, new Stage(proposal, step));
      town.now = town.now.plus(Duration.ofMinutes(1));
    }
    assertThat(town.course(late).view().sentences())
        .containsExactly("The model to compare with is no longer in use.");
    town.says(town.voters.get(1), town.proposal("late again", MINOR, Optional.empty()));
  }

  @Test
  void minorChangeKeepsFamilyAndLicence() {
    Town town = patientTown(3);
    adopt(town, "new");
    for (boolean isLicence : List.of(true, false)) {
      Proposal other = other(town, MINOR, isLicence);
      assertThat(town.refuses(town.voters.get(1), other).sentence())
          .isEqualTo("Another family or licence than that of the model in use is a major change.");
    }
    town.says(town.voters.get(1), other(town, Proposal.Change.MAJOR, true));
  }

  private static Proposal other(Town town, Proposal.Change change, boolean isLicence) {
    Proposal alike = town.proposal("newer", change, Optional.empty());
    Proposal.Candidate candidate = alike.candidate();
    return new Proposal(
        alike.genesis(),
        alike.joins(),
        change,
        new Proposal.Candidate(
            candidate.name(),
            isLicence ? candidate.family() : "qwen",
            isLicence ? "MIT" : candidate.licence(),
            candidate.ggufSha256(),
            candidate.ggufBytes(),
            candidate.chunkRoot(),
            candidate.templateSha256(),
            candidate.tokenizerSha256(),
            candidate.quantization(),
            candidate.contextTokens()),
        alike.claims(),
        alike.source(),
        alike.supersedes(),
        alike.lineage(),
        OptionalInt.empty());
  }

  @Test
  void guestsOfOneVoucherHaveFourUndecidedProposals() {
    Town town = new Town(3);
    List<IdentityKey> guests = new ArrayList<>();
    for (int guest = 0; guest < 5; guest++) {
      guests.add(Town.newKey());
      town.says(
          town.voters.get(0), new Vouch(town.genesis(), guests.getLast().id(), Role.LIGHT_USER));
    }
    for (int guest = 0; guest < 4; guest++) {
      town.says(guests.get(guest), town.proposal("g" + guest, MINOR, Optional.empty()));
    }
    assertThat(town.refuses(guests.get(4), town.proposal("g4", MINOR, Optional.empty())).sentence())
        .isEqualTo(
            "Nodes that your voucher brought in have four undecided proposals; wait for them.");
    town.says(town.voters.get(0), town.proposal("own", MINOR, Optional.empty()));
    town.waits();
    town.says(guests.get(4), town.proposal("g4", MINOR, Optional.empty()));
  }

  private static EmergencyStop stop(Town town, ModelHash model) {
    return new EmergencyStop(town.genesis(), model, "it leaks");
  }

  @Test
  void stoppedModelGivesWayToTheOneBefore_andNeverComesBack() {
    Town town = new Town(3);
    adopt(town, "new");
    town.says(town.writer, stop(town, Town.model("new")));
    town.says(town.voters.get(0), stop(town, Town.model("new")));
    town.says(town.voters.get(2), stop(town, Town.model("new")));
    assertThat(town.governance.incumbent()).hasValue(Town.OLD);
    assertThat(refusal(town, 1, "new", Optional.empty()))
        .isEqualTo("This model was stopped in an emergency.");
  }

  @Test
  void stopNeedsItsVoicesWithinSixHours() {
    Town town = new Town(3);
    town.says(town.voters.get(0), stop(town, Town.OLD));
    town.now = town.now.plus(Duration.ofHours(6)).plusMillis(1);
    town.says(town.writer, stop(town, Town.OLD));
    town.says(town.voters.get(1), stop(town, Town.OLD));
    assertThat(town.governance.isStopped(Town.OLD)).isFalse();
    town.says(town.voters.get(0), stop(town, Town.OLD));
    assertThat(town.governance.isStopped(Town.OLD)).isTrue();
    assertThat(town.governance.incumbent()).isEmpty();
  }

  @Test
  void noVoterBlocksStopsByAskingForMany() {
    Town town = new Town(3);
    for (int junk = 0; junk < 4; junk++) {
      town.says(town.voters.get(0), stop(town, Town.model("junk" + junk)));
    }
    assertThat(town.refuses(town.voters.get(0), stop(town, Town.OLD)).sentence())
        .isEqualTo("You asked to stop four models within six hours; that is the most.");
    town.says(town.voters.get(1), stop(town, Town.OLD));
    town.says(town.voters.get(2), stop(town, Town.OLD));
    town.says(town.writer, stop(town, Town.OLD));
    assertThat(town.governance.isStopped(Town.OLD)).isTrue();
  }

  @Test
  void lightUserProposes_butNeitherVotesNorStops() {
    Town town = new Town(3);
    IdentityKey light = Town.newKey();
    town.says(town.voters.get(0), new Vouch(town.genesis(), light.id(), Role.LIGHT_USER));
    Digest proposal = town.says(light, town.proposal("new", MINOR, Optional.empty()));
    town.says(town.voters.get(0), new Sponsor(proposal));
    assertThat(
            town.refuses(light, new Commit(Commit.Kind.EVALUATION, proposal, 0, proposal))
                .sentence())
        .isEqualTo("You were not among the voters when this vote began.");
    town.evaluated(proposal, 30_000);
    assertThat(
            town.refuses(light, new Commit(Commit.Kind.BALLOT, proposal, 1, proposal)).sentence())
        .isEqualTo("You were not among the voters when this vote began.");
    assertThat(town.refuses(light, stop(town, Town.OLD)).sentence())
        .isEqualTo("Only voters and the writer stop a model.");
  }

  @Test
  void whoJoinsAfterAVoteBeganDoesNotVoteInIt() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    IdentityKey late = Town.newKey();
    town.says(town.voters.get(0), new Vouch(town.genesis(), late.id(), Role.INFERER));
    assertThat(town.governance.roll().voters(town.now)).contains(late.id());
    assertThat(
            town.refuses(late, new Commit(Commit.Kind.EVALUATION, proposal, 0, proposal))
                .sentence())
        .isEqualTo("You were not among the voters when this vote began.");
    assertThat(Duty.of(town.governance, late.id(), town.now)).isEmpty();
  }
}
