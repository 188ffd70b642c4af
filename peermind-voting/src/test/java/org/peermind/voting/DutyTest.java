// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Stage;
import org.peermind.protocol.governance.Vouch;

/// What a vote asks of its voters at each step, and what they serve then.
class DutyTest {
  private static final Proposal.Change MINOR = Proposal.Change.MINOR;

  private static List<Duty> duties(Town town, int voter) {
    return Duty.of(town.governance, town.voters.get(voter).id(), town.now);
  }

  @Test
  void eachStepAsksWhatIsNotDoneYet() {
    Town town = new Town(3);
    Digest proposal = town.says(town.voters.get(0), town.proposal("new", MINOR, Optional.empty()));
    assertThat(duties(town, 0)).isEmpty();
    assertThat(duties(town, 1)).singleElement().isInstanceOf(Duty.Sponsor.class);
    town.says(town.voters.get(1), new Sponsor(proposal));
    assertThat(duties(town, 0))
        .singleElement()
        .isInstanceOfSatisfying(
            Duty.Evaluate.class,
            asked -> {
              assertThat(asked.turn()).isZero();
              assertThat(asked.turns()).isEqualTo(3);
              assertThat(asked.itemSeed())
                  .isEqualTo(town.course(proposal).itemSeed(proposal).orElseThrow());
              assertThat(asked.from()).isEqualTo(town.now);
              assertThat(asked.incumbent()).hasValue(Town.OLD);
            });
    SignedEnvelope report =
        town.sealsReport(town.voters.get(0), town.honestReport(proposal, 30_000));
    SignedEnvelope other =
        town.sealsReport(town.voters.get(1), town.honestReport(proposal, 30_000));
    assertThat(duties(town, 0)).isEmpty();
    town.waits();
    assertThat(duties(town, 0))
        .containsExactly(
            new Duty.OpenReport(proposal, proposal, Digest.of(report), town.now.plus(Town.STEP)));
    assertThat(duties(town, 2)).isEmpty();
    town.appends(report);
    town.appends(other);
    assertThat(duties(town, 0)).isEmpty();
    town.waits();
    assertThat(duties(town, 2))
        .singleElement()
        .isInstanceOfSatisfying(
            Duty.Cast.class,
            asked ->
                assertThat(asked.options())
                    .singleElement()
                    .extracting(Duty.Option::proposal)
                    .isEqualTo(proposal));
    SignedEnvelope ballot = town.sealsBallot(town.voters.get(2), Town.ballot(proposal, 1, 1, 2));
    assertThat(duties(town, 2)).isEmpty();
    town.waits();
    assertThat(duties(town, 2))
        .containsExactly(
            new Duty.OpenBallot(proposal, Digest.of(ballot), town.now.plus(Town.STEP)));
    assertThat(duties(town, 1)).isEmpty();
  }

  @Test
  void readinessIsAskedUntilTheFirstStage() {
    Town town = new Town(3);
    Digest proposal = chosen(town);
    town.says(town.voters.get(0), new Ready(proposal, Town.model("new")));
    town.says(town.voters.get(1), new Ready(proposal, Town.model("new")));
    assertThat(duties(town, 1)).isEmpty();
    assertThat(duties(town, 2)).singleElement().isInstanceOf(Duty.SignalReady.class);
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.STARTED);
    town.says(town.voters.get(2), new Ready(proposal, Town.model("new")));
    assertThat(duties(town, 2)).isEmpty();
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.LOCKED_IN);
  }

  @Test
  void lightUsersAndStrangersHaveNoDuties() {
    Town town = new Town(3);
    IdentityKey light = Town.newKey();
    town.says(town.voters.get(0), new Vouch(town.genesis(), light.id(), Role.LIGHT_USER));
    town.says(town.voters.get(0), town.proposal("new", MINOR, Optional.empty()));
    assertThat(Duty.of(town.governance, light.id(), town.now)).isEmpty();
    assertThat(Duty.of(town.governance, Town.newKey().id(), town.now)).isEmpty();
  }

  private static Digest chosen(Town town) {
    Digest proposal = town.proposed("new", MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, town.voters.size());
    town.certified(proposal);
    return proposal;
  }

  @Test
  void stagesTakeOneNode_thenAQuarter_thenAll_andTheirShareOfQuestions() {
    Town town = new Town(8);
    Digest proposal = chosen(town);
    for (IdentityKey voter : town.voters) {
      town.says(voter, new Ready(proposal, Town.model("new")));
    }
    assertThat(Rollout.of(town.governance, town.now).trial()).isEmpty();
    int[] nodes = {1, 2, 8};
    double[] shares = {0.05, 0.25, 1};
    List<Stage.Step> steps = List.of(Stage.Step.values());
    List<NodeId> earlier = new ArrayList<>();
    for (int at = 0; at < nodes.length; at++) {
      town.says(town.writer, new Stage(proposal, steps.get(at)));
      Rollout rollout = Rollout.of(town.governance, town.now);
      Rollout.Trial trial = rollout.trial().orElseThrow();
      assertThat(trial.nodes()).hasSize(nodes[at]).containsAll(earlier);
      earlier = trial.nodes();
      assertThat(trial.since()).isEqualTo(town.now);
      int taken = 0;
      for (int request = 0; request < 10_000; request++) {
        byte[] id = Town.digest("request " + request).toBytes();
        taken += trial.share().takes(id16(id)) ? 1 : 0;
      }
      assertThat(taken / 10_000.0).isBetween(shares[at] - 0.02, shares[at] + 0.02);
      NodeId first = trial.nodes().getFirst();
      assertThat(rollout.modelOf(first, town.now)).hasValue(Town.model("new"));
      NodeId last = trial.nodes().getLast();
      assertThat(rollout.modelOf(last, trial.since().plus(trial.spread())))
          .hasValue(Town.model("new"));
      assertThat(rollout.modelOf(Town.newKey().id(), town.now)).hasValue(Town.OLD);
      town.waits();
    }
    town.says(town.writer, new Stage(proposal, Stage.Step.DONE));
    Rollout done = Rollout.of(town.governance, town.now);
    assertThat(done.trial()).isEmpty();
    assertThat(done.modelOf(Town.newKey().id(), town.now)).hasValue(Town.model("new"));
  }

  private static Id16 id16(byte[] digest) {
    try {
      return Id16.ofBytes(Arrays.copyOf(digest, 16));
    } catch (ProtocolException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
