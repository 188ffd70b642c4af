// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Role;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EmergencyStop;
import org.peermind.protocol.governance.KeyRotation;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Rollback;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Stage;
import org.peermind.protocol.governance.Vouch;

/// The course of votes over the entries of a ledger (spec section 5, PMV-1).
class GovernanceTest {
  private static final Proposal.Change MINOR = Proposal.Change.MINOR;

  @Test
  void threeNodesAdoptAModel() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    assertThat(town.course(proposal).aggregation(proposal).orElseThrow().energy())
        .hasValue(new Aggregation.Interval(900, 900, 900));
    town.voted(proposal, 2);
    assertThat(town.course(proposal).winner()).hasValue(proposal);
    town.certified(proposal);
    town.adopted(proposal, "new");
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.DONE);
    assertThat(town.governance.incumbent()).hasValue(Town.model("new"));
  }

  @Test
  void replayOfAnyPrefixGivesTheSameState() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 2);
    town.certified(proposal);
    town.adopted(proposal, "new");
    for (int length = 1; length <= town.ledger.size(); length++) {
      Governance again = replay(town.ledger.subList(0, length));
      Governance onward = again;
      for (Witnessed entry : town.ledger.subList(length, town.ledger.size())) {
        onward = ((Governance.Outcome.Accepted) onward.after(entry)).governance();
      }
      assertThat(onward.course(proposal, town.now).orElseThrow().view())
          .isEqualTo(town.course(proposal).view());
      assertThat(onward.incumbent()).isEqualTo(town.governance.incumbent());
    }
  }

  private static Governance replay(List<Witnessed> entries) {
    Governance state =
        ((Governance.Outcome.Accepted) Governance.begin(entries.getFirst())).governance();
    for (Witnessed entry : entries.subList(1, entries.size())) {
      state = ((Governance.Outcome.Accepted) state.after(entry)).governance();
    }
    return state;
  }

  @Test
  void twoNodesDecideTogetherOnly() {
    Town town = new Town(2);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 1);
    town.certified(proposal);
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.KEPT);
    assertThat(town.governance.incumbent()).hasValue(Town.OLD);
  }

  @Test
  void severalCandidatesOfOneVoteAreRanked() {
    Town town = new Town(3);
    Digest first = town.says(town.voters.get(0), town.proposal("new", MINOR, Optional.empty()));
    Digest second =
        town.says(town.voters.get(1), town.proposal("other", MINOR, Optional.of(first)));
    town.says(town.voters.get(1), new Sponsor(first));
    assertThat(town.course(first).step()).isEqualTo(Course.Step.SPONSORING);
    town.says(town.voters.get(0), new Sponsor(second));
    var reports =
        town.voters.stream()
            .flatMap(
                voter ->
                    List.of(first, second).stream()
                        .map(one -> town.sealsReport(voter, town.honestReport(one, 30_000))))
            .toList();
    town.waits();
    reports.forEach(town::appends);
    town.waits();
    var ballots =
        town.voters.stream()
            .map(voter -> town.sealsBallot(voter, Town.ballot(first, 1, 2, 1, 3)))
            .toList();
    town.waits();
    ballots.forEach(town::appends);
    town.waits();
    assertThat(town.course(second).winner()).hasValue(second);
  }

  @Test
  void proposalWithoutSponsorsFails_andItsProposerWaits() {
    Town town = new Town(3, waiting(Duration.ofHours(1)));
    IdentityKey proposer = town.voters.getFirst();
    Digest proposal = town.says(proposer, town.proposal("new", MINOR, Optional.empty()));
    assertThat(town.refuses(proposer, town.proposal("other", MINOR, Optional.empty())).sentence())
        .isEqualTo("You have a proposal that is not decided yet.");
    assertThat(town.refuses(proposer, new Sponsor(proposal)).sentence())
        .contains("does not sponsor its own");
    town.waits();
    assertThat(town.course(proposal).view().sentences())
        .containsExactly("Too few voters sponsored it in time.");
    assertThat(town.refuses(town.voters.get(1), new Sponsor(proposal)).sentence())
        .isEqualTo("The time of sponsors is over.");
    assertThat(town.refuses(proposer, town.proposal("other", MINOR, Optional.empty())).sentence())
        .startsWith("Your last proposal failed; propose again from 2026-06-21T11:05:00Z");
    town.now = town.now.plus(Duration.ofHours(1));
    town.says(proposer, town.proposal("other", MINOR, Optional.empty()));
  }

  private static Rules waiting(Duration wait) {
    Rules quick = Rules.bootstrap(List.of("Apache-2.0"));
    return new Rules(
        quick.sponsoring(),
        quick.evaluation(),
        quick.evaluationReveal(),
        quick.voting(),
        quick.votingReveal(),
        quick.readiness(),
        quick.activationDelay(),
        quick.stage(),
        wait,
        quick.quarantine(),
        wait,
        1,
        quick.licences(),
        false,
        1_150,
        1_250,
        10,
        75,
        50,
        "general",
        300,
        false);
  }

  @Test
  void adoptionFails_whenTooFewAreReady() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 3);
    town.certified(proposal);
    town.says(town.voters.get(0), new Ready(proposal, Town.model("new")));
    assertThat(town.refuses(town.voters.get(1), new Ready(proposal, Town.OLD)).sentence())
        .isEqualTo("This is not the model that the vote chose.");
    assertThat(town.refuses(town.writer, new Stage(proposal, Stage.Step.ALL)).sentence())
        .isEqualTo("No adopted model is waiting for a stage.");
    town.now = town.now.plus(Duration.ofMinutes(30));
    assertThat(town.course(proposal).view().sentences())
        .containsExactly("Too few nodes were ready in time.");
  }

  @Test
  void modelInItsStagesIsRolledBack_byTheWriter() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 3);
    town.certified(proposal);
    town.voters.forEach(voter -> town.says(voter, new Ready(proposal, Town.model("new"))));
    town.says(town.writer, new Stage(proposal, Stage.Step.FIVE_PERCENT));
    assertThat(town.refuses(town.writer, new Stage(proposal, Stage.Step.QUARTER)).sentence())
        .startsWith("This stage begins at ");
    assertThat(town.refuses(town.writer, new Stage(proposal, Stage.Step.ALL)).sentence())
        .isEqualTo("Stages come one after the other.");
    Rollback back = new Rollback(proposal, Rollback.Cause.ACCURACY, "canaries fell by 9 points");
    assertThat(town.refuses(town.voters.getFirst(), back).sentence())
        .isEqualTo("Only the writer of the ledger may say this.");
    town.says(town.writer, back);
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.ROLLED_BACK);
    assertThat(town.governance.incumbent()).hasValue(Town.OLD);
  }

  @Test
  void twoThirdsAndTheWriterStopAModel() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    EmergencyStop stop = new EmergencyStop(town.genesis(), Town.model("new"), "it leaks");
    town.says(town.voters.get(0), stop);
    town.says(town.writer, stop);
    assertThat(town.refuses(town.writer, stop).sentence()).isEqualTo("You asked for this already.");
    assertThat(town.governance.isStopped(Town.model("new"))).isFalse();
    town.says(town.voters.get(1), stop);
    assertThat(town.governance.isStopped(Town.model("new"))).isTrue();
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.STOPPED);
  }

  @Test
  void vouchedNodeVotesAfterItsWait_lightUserNever() {
    Town town = new Town(3, waiting(Duration.ofHours(1)));
    IdentityKey inferer = Town.newKey();
    IdentityKey light = Town.newKey();
    town.says(town.voters.get(0), new Vouch(town.genesis(), inferer.id(), Role.INFERER));
    town.says(town.voters.get(1), new Vouch(town.genesis(), light.id(), Role.LIGHT_USER));
    assertThat(town.governance.roll().voters(town.now)).hasSize(3);
    town.now = town.now.plus(Duration.ofHours(1));
    assertThat(town.governance.roll().voters(town.now)).hasSize(4).contains(inferer.id());
    Digest proposal = town.says(light, town.proposal("new", MINOR, Optional.empty()));
    assertThat(town.refuses(light, new Vouch(town.genesis(), light.id(), Role.INFERER)).sentence())
        .isEqualTo("Only who may vote can vouch for a node.");
    town.says(inferer, new Sponsor(proposal));
  }

  @Test
  void memberGoesOnUnderANewKey_andVotesOnce() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    IdentityKey old = town.voters.get(2);
    IdentityKey next = Town.newKey();
    town.sealsBallot(old, Town.ballot(proposal, 1, 1, 2));
    KeyRotation rotation =
        new KeyRotation(town.genesis(), KeyRotation.accept(town.genesis(), old.id(), next));
    town.says(old, rotation);
    assertThat(town.refuses(old, rotation).sentence())
        .isEqualTo("Only a member can go on under another key.");
    var later = town.sealsBallot(next, Town.ballot(proposal, 2, 1, 2));
    assertThat(town.course(proposal).view().ballotsSealed()).isEqualTo(1);
    town.waits();
    town.appends(later);
    assertThat(town.governance.roll().voters(town.now))
        .contains(next.id())
        .doesNotContain(old.id());
  }
}
