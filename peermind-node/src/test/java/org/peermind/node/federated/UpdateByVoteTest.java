// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.UpdateBallot;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.UpdateVote;

/// Rounds of a network whose voters decide on what passed the gate.
@Timeout(60)
final class UpdateByVoteTest {
  @TempDir private Path folder;
  private RoundTown town;

  @BeforeEach
  void open() throws Exception {
    town = new RoundTown(folder, 3, Rules.bootstrap(List.of("Apache-2.0")).votingOnUpdates());
  }

  @AfterEach
  void close() throws Exception {
    town.close();
  }

  private Optional<Digest> inUse() {
    return town.governance().checkpoint().flatMap(UpdateCheckpoint::adapter);
  }

  private UpdateVote vote() {
    return town.governance().updateVote().orElseThrow();
  }

  private void says(RoundSeat seat, boolean accept) throws Exception {
    UpdateBallot ballot =
        new UpdateBallot(town.governance().genesis(), vote().id(), accept, "Its owner said so.");
    town.ledger.submit(ballot.sign(seat.key));
  }

  @Test
  void membersVoteAsTheyFoundTheUpdate_andItComesIntoUse() throws Exception {
    Round round = town.finished();
    assertThat(inUse()).as("before the vote").isEmpty();
    assertThat(vote().update().transcript()).isEqualTo(round.head());

    town.clock.advance(town.governance().rules().voting().dividedBy(2));
    town.host.look();
    assertThat(town.host.doing()).startsWith("0 of 3 voters accepted the update of round 1");
    assertThat(town.round().id()).as("no round opens meanwhile").isEqualTo(round.id());

    town.membersLook();
    assertThat(vote().accepting()).as("two of three are enough").isEqualTo(2);
    town.host.look();
    assertThat(inUse()).contains(round.aggregate().orElseThrow().adapter());
    assertThat(town.steps())
        .containsSubsequence("round-closed", "update-put-forward", "update-published");

    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    Round second = town.round();
    assertThat(second.descriptor().number()).isEqualTo(2);
    assertThat(second.descriptor().parent().orElseThrow().round()).isEqualTo(round.id());
  }

  @Test
  void ownersWhoRefuseIt_keepTheParent_andTheNextRoundBeginsWithIt() throws Exception {
    Round round = town.finished();
    says(town.seats.get(0), false);
    says(town.seats.get(1), false);
    town.membersLook();
    assertThat(vote().standing(town.clock.instant())).isEqualTo(UpdateVote.Standing.REJECTED);
    assertThat(vote().voices()).as("their owners spoke first").hasSize(2);
    town.host.look();
    assertThat(inUse()).isEmpty();
    assertThat(town.steps()).contains("update-dropped");

    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    assertThat(town.round().id()).isNotEqualTo(round.id());
    assertThat(town.round().descriptor().parent()).isEmpty();
    assertThat(town.round().descriptor().number()).isEqualTo(2);
  }

  @Test
  void aggregatorAndMembersGoOnAfterARestart_atEachStepOfTheVote() throws Exception {
    Round round = town.finished();
    town.restartAggregator();
    for (RoundSeat seat : town.seats) {
      seat.restart();
    }
    town.host.look();
    assertThat(vote().voices()).isEmpty();
    town.membersLook();
    town.membersLook();
    assertThat(vote().accepting()).isEqualTo(2);
    town.restartAggregator();
    town.host.look();
    assertThat(inUse()).contains(round.aggregate().orElseThrow().adapter());
    town.restartAggregator();
    town.host.look();
    assertThat(town.governance().newestRound()).isEqualTo(1);
    assertThat(inUse()).contains(round.aggregate().orElseThrow().adapter());
  }

  @Test
  void aVoteThatNobodyTakesPartIn_endsAtItsDeadlineWithTheParent() throws Exception {
    town.finished();
    for (RoundSeat seat : town.seats) {
      seat.stop();
    }
    town.host.look();
    town.clock.advance(town.governance().rules().voting());
    town.host.look();
    assertThat(inUse()).isEmpty();
    assertThat(town.steps()).contains("update-dropped");
  }
}
