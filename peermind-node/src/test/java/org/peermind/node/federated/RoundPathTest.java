// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.Transcripts;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// Rounds from their opening to what they leave in the ledger.
@Timeout(60)
final class RoundPathTest {
  @TempDir private Path folder;
  private RoundTown town;

  @BeforeEach
  void open() throws Exception {
    town = new RoundTown(folder, 3);
  }

  @AfterEach
  void close() throws Exception {
    town.close();
  }

  private Optional<Digest> inUse() {
    return town.governance().checkpoint().flatMap(UpdateCheckpoint::adapter);
  }

  @Test
  void runsFromAnOpenRoundToAnUpdateInTheLedger() throws Exception {
    town.seats.get(2).pupil.weight = 2;
    Round round = town.finished();
    town.membersLook();

    RoundAggregate made = round.aggregate().orElseThrow();
    byte[] mean = FixedPoint.toBytes(new int[] {126, 127, 128, 129, 130, 131});
    assertThat(made.vector()).as("(0 + 100 + 2 * 200) / 4, and 1").isEqualTo(Digest.over(mean));
    UpdateCheckpoint published = town.governance().checkpoint().orElseThrow();
    byte[] adapter = Adding.adapter(made.state()).getBytes(StandardCharsets.UTF_8);
    assertThat(published)
        .isEqualTo(
            new UpdateCheckpoint(
                town.governance().genesis(),
                1,
                RoundTown.MODEL,
                Optional.empty(),
                Optional.of(Digest.over(adapter)),
                adapter.length,
                round.head(),
                "3 of 3 evaluations let it through."));
    assertThat(Transcripts.replay(town.host.transcript(round.id()).orElseThrow()))
        .isInstanceOf(Round.Outcome.Accepted.class);
    for (RoundSeat seat : town.seats) {
      assertThat(seat.pupil.lessons).hasValue(1);
      assertThat(seat.pupil.trials).hasValue(1);
      assertThat(seat.member.blob(Digest.over(adapter)).orElseThrow()).isEqualTo(adapter);
      assertThat(seat.member.adapter(Digest.over(adapter)).orElseThrow()).hasBinaryContent(adapter);
    }
    assertThat(town.steps())
        .containsSubsequence(
            "round-opened",
            "enrolled",
            "roster-closed",
            "update-committed",
            "commits-closed",
            "update-given",
            "updates-aggregated",
            "evaluated",
            "round-closed",
            "update-published");
  }

  @Test
  void theNextRoundBeginsWithWhatTheOneBeforeLeft() throws Exception {
    Round first = town.finished();
    Optional<Digest> firstAdapter = inUse();
    town.clock.advance(RoundWishes.PAUSE);
    Round second = town.finished();

    assertThat(second.descriptor().number()).isEqualTo(2);
    assertThat(second.descriptor().parent().orElseThrow().round()).isEqualTo(first.id());
    assertThat(town.governance().checkpoint().orElseThrow().former()).isEqualTo(firstAdapter);
    assertThat(town.governance().newestRound()).isEqualTo(2);
    assertThat(town.seats.getFirst().pupil.parents)
        .containsExactly("", Adding.adapter(first.aggregate().orElseThrow().state()));
  }

  @Test
  void theNextRoundBeginsRightWithTheNewParent_whenThereIsNoPause() throws Exception {
    town.finished();
    town.clock.advance(RoundWishes.PAUSE);
    town.host.look();
    town.lookUntil(Round.Step.CLOSED);
    town.clock.advance(RoundWishes.PAUSE);
    town.host.look();
    town.host.look();
    assertThat(town.round().descriptor().number()).isEqualTo(3);
    assertThat(town.round().descriptor().parent().orElseThrow().adapter())
        .isEqualTo(inUse().orElseThrow());
  }

  @Test
  void opensNoRoundBeforeItsTime_alsoAfterARestart() throws Exception {
    town.finished();
    town.look();
    assertThat(town.round().descriptor().number()).isEqualTo(1);
    assertThat(town.host.doing()).startsWith("The next round opens at ");
    town.restartAggregator();
    town.look();
    assertThat(town.round().descriptor().number()).isEqualTo(1);
    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    assertThat(town.round().descriptor().number()).isEqualTo(2);
  }

  @Test
  void goesOnWithoutAMemberThatNeverUploads() throws Exception {
    town.lookUntil(Round.Step.TRAINING);
    town.membersLook();
    town.seats.get(2).stop();
    town.look();
    town.look();
    assertThat(town.round().step()).as("it is waited for").isEqualTo(Round.Step.UPLOADING);
    town.lookAfterTheStep();
    town.lookUntil(Round.Step.EVALUATING);
    assertThat(town.round().updates()).hasSize(2);
    town.look();
    town.lookAfterTheStep();
    assertThat(town.round().end().orElseThrow().end()).isEqualTo(RoundClose.End.PASSED);
    town.look();
    assertThat(inUse()).contains(town.round().aggregate().orElseThrow().adapter());
  }

  @Test
  void goesOnWithoutAMemberForWhomTheNightComesFirst() throws Exception {
    town.seats.get(1).pupil.cannotLearn = Optional.of("there is no surplus power");
    town.lookUntil(Round.Step.TRAINING);
    town.look();
    town.look();
    assertThat(town.seats.get(1).member.doing())
        .isEqualTo("It cannot train: there is no surplus power.");
    town.lookAfterTheStep();
    assertThat(town.round().step()).isEqualTo(Round.Step.UPLOADING);
    town.lookUntil(Round.Step.EVALUATING);
    assertThat(town.round().updates()).doesNotContainKey(town.seats.get(1).key.id());
    town.look();
    town.look();
    assertThat(town.round().end().orElseThrow().end()).isEqualTo(RoundClose.End.PASSED);
  }

  @Test
  void triesAFailedTrainingAgain_afterAWhile() throws Exception {
    RoundSeat seat = town.seats.getFirst();
    seat.pupil.cannotLearn = Optional.of("the model is not here");
    town.lookUntil(Round.Step.TRAINING);
    for (int look = 0; look < 5; look++) {
      town.look();
    }
    assertThat(seat.pupil.lessons).hasValue(1);
    town.clock.advance(Duration.ofSeconds(10));
    seat.pupil.cannotLearn = Optional.empty();
    town.lookUntil(Round.Step.EVALUATING);
    assertThat(seat.pupil.lessons).hasValue(2);
    assertThat(town.round().updates()).hasSize(3);
  }

  @Test
  void endsCleanly_whenTooFewEnrol() throws Exception {
    town.seats.get(0).pupil.unready = Optional.of("There is no sun.");
    town.seats.get(1).pupil.unready = Optional.of("There is no sun.");
    town.look();
    town.look();
    assertThat(town.seats.get(0).member.doing()).isEqualTo("It takes no part: There is no sun.");
    town.lookAfterTheStep();
    RoundClose end = town.round().end().orElseThrow();
    assertThat(end.end()).isEqualTo(RoundClose.End.ABORTED);
    assertThat(end.reason()).isEqualTo("Only 1 members enrolled; the round needs 2.");
    town.look();
    assertThat(town.governance().checkpoint()).isEmpty();
    assertThat(town.seats.get(2).member.doing())
        .isEqualTo("Round 1 aborted: Only 1 members enrolled; the round needs 2.");
    assertThat(town.round().descriptor().number()).as("after the pause").isEqualTo(1);
  }

  @Test
  void endsCleanly_whenTooFewUpload() throws Exception {
    town.lookUntil(Round.Step.TRAINING);
    town.membersLook();
    town.seats.get(1).stop();
    town.seats.get(2).stop();
    town.look();
    assertThat(town.round().step()).isEqualTo(Round.Step.UPLOADING);
    town.lookAfterTheStep();
    assertThat(town.round().end().orElseThrow().reason())
        .isEqualTo("Only 1 members gave an update in time; the round needs 2.");
  }

  @Test
  void endsCleanly_whenTheUpdatesAreFaulty() throws Exception {
    town.seats.forEach(seat -> seat.pupil.numbers = new int[RoundWishes.LENGTH]);
    Round round = town.finished();
    assertThat(round.end().orElseThrow().end()).isEqualTo(RoundClose.End.ABORTED);
    assertThat(round.end().orElseThrow().reason())
        .isEqualTo("Only 0 updates are without a fault; the round needs 2.");
    assertThat(town.governance().checkpoint()).isEmpty();
  }

  @Test
  void leavesOutACopy_andAnUpdateBeyondTheClip() throws Exception {
    town.wishes.clipUnits = 600;
    town.seats.get(2).pupil.numbers = new int[] {1_000, 0, 0, 0, 0, 0};
    Round round = town.finished();
    assertThat(round.aggregate().orElseThrow().exclusions())
        .containsExactly(
            new RoundAggregate.Exclusion(town.seats.get(2).key.id(), RoundAggregate.Fault.NORM));
    assertThat(round.end().orElseThrow().end()).isEqualTo(RoundClose.End.PASSED);
  }

  @Test
  void keepsTheParent_whenTheGateRefusesTheUpdate() throws Exception {
    for (RoundSeat seat : town.seats.subList(0, 2)) {
      seat.pupil.finding =
          new Examiner.Finding(20, 1_400_000, 1_600_000, List.of("The loss rose\nby 14 %."));
    }
    Round round = town.finished();
    assertThat(round.end().orElseThrow().end()).isEqualTo(RoundClose.End.FAILED);
    assertThat(round.end().orElseThrow().reason())
        .isEqualTo("1 of 3 evaluations let it through: The loss rose by 14 %.");
    assertThat(town.governance().checkpoint()).isEmpty();
  }

  @Test
  void letsNothingThrough_thatWasTriedOnTooFewItems() throws Exception {
    town.seats.forEach(
        seat -> seat.pupil.finding = new Examiner.Finding(3, 1_500_000, 1_400_000, List.of()));
    Round round = town.finished();
    assertThat(round.end().orElseThrow().end()).isEqualTo(RoundClose.End.FAILED);
    assertThat(round.end().orElseThrow().reason())
        .endsWith("Only 3 items were asked; the gate has 10.");
  }

  @Test
  void publishesOnce_whenTheLedgerDidNotAnswerAtFirst() throws Exception {
    town.taking =
        (ledger, record) -> {
          ledger.submit(record);
          return new NetworkLedger.Submitted.Unknown("The disk is slow.");
        };
    town.lookUntil(Round.Step.CLOSED);
    town.host.look();
    assertThat(town.governance().newestRound()).as("the record is there").isEqualTo(1);
    town.restartAggregator();
    town.look();
    town.look();
    assertThat(town.ledger.reader().orElseThrow().size()).isEqualTo(2);
    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    assertThat(town.round().descriptor().number()).isEqualTo(2);
  }

  @Test
  void goesOn_whenTheLedgerRefusesAnUpdate() throws Exception {
    town.taking = (_, _) -> new NetworkLedger.Submitted.Refused("It is full.");
    town.lookUntil(Round.Step.CLOSED);
    town.look();
    assertThat(town.steps()).endsWith("update-dropped");
    town.look();
    assertThat(town.steps()).as("it is asked once").containsOnlyOnce("update-dropped");
    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    assertThat(town.round().descriptor().number()).isEqualTo(2);
    assertThat(town.round().descriptor().parent()).isEmpty();
  }
}
