// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.Roster;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundMessage;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.protocol.wire.Envelope;

/// What liars at either end of the stream try, and what becomes of it.
@Timeout(60)
final class RoundAttacksTest {
  @TempDir private Path folder;
  private RoundTown town;
  private RoundSeat liar;

  @BeforeEach
  void open() throws Exception {
    town = new RoundTown(folder, 4);
    liar = town.seats.get(3);
  }

  @AfterEach
  void close() throws Exception {
    town.close();
  }

  private Enrolment enrolment(int weight) {
    Round round = town.round();
    return new Enrolment(
        round.id(), round.stepHead(), Enrolment.Method.GRADIENT, weight, Duration.ofMinutes(20));
  }

  private Path barred(IdentityKey author) {
    return folder.resolve("aggregator").resolve("barred").resolve(author.id().toString());
  }

  @Test
  void refusesForgedMessages() throws Exception {
    town.host.look();
    Envelope good = enrolment(1).sign(liar.key).wire();
    byte[] signature = good.getSignature().toByteArray();
    signature[5] ^= 1;
    assertThat(liar.says(good.toBuilder().setSignature(ByteString.copyFrom(signature)).build()))
        .isEqualTo(
            "The message cannot be read: the signature of a round-enrolment does not verify.");
    Envelope others =
        good.toBuilder()
            .setSignerKey(ByteString.copyFrom(town.seats.getFirst().key.publicKey()))
            .build();
    assertThat(liar.says(others)).contains("does not verify");
    assertThat(town.round().enrolled()).isEmpty();
  }

  @Test
  void refusesStrangers_andWhatOnlyTheAggregatorMaySay() throws Exception {
    town.host.look();
    assertThat(liar.says(enrolment(1).sign(RoundTown.newKey())))
        .isEqualTo("Only members of the network take part in its rounds.");
    Round round = town.round();
    assertThat(
            liar.says(
                new Roster(round.id(), round.head(), RoundTown.START.plusSeconds(900))
                    .sign(liar.key)))
        .isEqualTo("Only the aggregator of the round may say this.");
  }

  @Test
  void refusesMessages_whenNoRoundIsOpen() {
    Digest none = RoundTown.digest("no round");
    assertThat(
            liar.says(
                new Enrolment(none, none, Enrolment.Method.GRADIENT, 1, Duration.ZERO)
                    .sign(liar.key)))
        .isEqualTo("There is no federated round here.");
  }

  @Test
  void refusesDuplicates_andReplaysInAnotherRound() throws Exception {
    town.host.look();
    SignedEnvelope first = enrolment(1).sign(liar.key);
    assertThat(liar.says(first)).as("it is taken").isEmpty();
    assertThat(liar.says(first)).isEqualTo("This was said already.");
    town.finished();
    assertThat(liar.says(first)).isEqualTo("The round is over.");
    town.clock.advance(RoundWishes.PAUSE);
    town.host.look();
    assertThat(liar.says(first)).isEqualTo("This message is of another round.");
  }

  @Test
  void refusesWhatComesLate_fromAMemberThatSaidNothing() throws Exception {
    liar.pupil.unready = Optional.of("It waits.");
    town.host.look();
    SignedEnvelope late = enrolment(1).sign(liar.key);
    town.look();
    town.lookAfterTheStep();
    assertThat(town.round().step()).isEqualTo(Round.Step.TRAINING);
    assertThat(liar.says(late)).isEqualTo("It comes too late: the step it belongs to is over.");
  }

  @Test
  void barsWhoContradictsItself_alsoAfterARestart() throws Exception {
    town.host.look();
    assertThat(liar.says(enrolment(1).sign(liar.key))).isEmpty();
    assertThat(liar.says(enrolment(2).sign(liar.key)))
        .isEqualTo("Its author said something else before.");
    assertThat(Files.exists(barred(liar.key))).isTrue();
    String sentence = "Its author contradicted itself in a round, which is proven; it is barred.";
    assertThat(liar.says(enrolment(1).sign(liar.key))).isEqualTo(sentence);
    town.restartAggregator();
    assertThat(liar.says(enrolment(1).sign(liar.key))).isEqualTo(sentence);
    town.lookUntil(Round.Step.TRAINING);
    assertThat(town.round().enrolled()).as("the others go on").hasSize(4);
  }

  @Test
  void barsAgain_whenThePowerFailedWhileTheProofWasWritten() throws Exception {
    town.host.look();
    assertThat(liar.says(enrolment(1).sign(liar.key))).isEmpty();
    try (TranscriptFile half = TranscriptFile.open(barred(liar.key))) {
      half.append(enrolment(1).sign(liar.key));
    }
    town.restartAggregator();
    assertThat(liar.says(enrolment(2).sign(liar.key))).contains("said something else");
    assertThat(new RoundFiles(folder.resolve("aggregator")).barred())
        .containsExactly(liar.key.id());
  }

  @Test
  void refusesAnUpdateUnlikeItsCommitment() throws Exception {
    town.untilUploadsAreDue();
    byte[] other = FixedPoint.toBytes(new int[] {6, 5, 4, 3, 2, 1});
    assertThat(liar.gives(0, other))
        .isEqualTo("The update is not the one that its author was bound to.");
    Round round = town.round();
    assertThat(
            liar.says(new Update(round.id(), round.stepHead(), Digest.over(other)).sign(liar.key)))
        .isEqualTo("The update's vector did not come.");
    Digest foreign = foreignVector();
    assertThat(liar.says(new Update(round.id(), round.stepHead(), foreign).sign(liar.key)))
        .as("the vector of another, which is there")
        .isEqualTo("The update is not the one that its author was bound to.");
  }

  private Digest foreignVector() throws Exception {
    RoundSeat honest = town.seats.getFirst();
    honest.look();
    return Objects.requireNonNull(town.round().updates().get(honest.key.id())).vector();
  }

  @Test
  void membersCatchAnAggregatorThatLiesAboutTheAggregate() throws Exception {
    town.combining =
        (round, vectors) -> {
          Combining.Combined right = town.sums.combine(round, vectors);
          return new Combining.Combined(
              right.exclusions(),
              right.vector(),
              right.state(),
              ByteString.copyFromUtf8("an adapter with a back door"));
        };
    Round round = town.finished();
    assertThat(round.end().orElseThrow().end()).isEqualTo(RoundClose.End.FAILED);
    assertThat(round.end().orElseThrow().reason())
        .isEqualTo(
            "0 of 4 evaluations let it through: The aggregate is not what the updates make.");
    assertThat(liar.pupil.trials).as("nobody loads what he made").hasValue(0);
    assertThat(town.governance().checkpoint()).isEmpty();
  }

  @Test
  void membersCatchAnAggregatorThatLeavesOutWhoIsRight() throws Exception {
    town.combining =
        (round, vectors) -> {
          var fewer = new HashMap<>(vectors);
          fewer.remove(town.seats.getFirst().key.id());
          return town.sums.combine(round, fewer);
        };
    assertThat(town.finished().end().orElseThrow().end()).isEqualTo(RoundClose.End.FAILED);
  }

  @Test
  void membersTakeNoPart_inARoundThatBeginsWithAnotherUpdate() throws Exception {
    town.finished();
    for (RoundSeat seat : town.seats.subList(0, 2)) {
      seat.behind = town.ledger.governance();
    }
    town.clock.advance(RoundWishes.PAUSE);
    Round second = town.finished();
    assertThat(second.end().orElseThrow().end()).isEqualTo(RoundClose.End.PASSED);
    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    assertThat(town.round().enrolled()).hasSize(2);
    assertThat(town.seats.getFirst().member.doing())
        .isEqualTo(
            "It takes no part in the round: It begins with another update than the one in use.");

    town.seats.getFirst().behind = Optional.empty();
    town.look();
    assertThat(town.round().enrolled())
        .as("its ledger was only behind")
        .hasSize(3)
        .containsKey(town.seats.getFirst().key.id());
  }

  @Test
  void endsTheRound_whenTheNetworkGoesBackToAnEarlierUpdate() throws Exception {
    town.finished();
    UpdateCheckpoint inUse = town.governance().checkpoint().orElseThrow();
    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    town.look();
    UpdateCheckpoint back =
        new UpdateCheckpoint(
            inUse.genesis(),
            inUse.number(),
            inUse.base(),
            inUse.adapter(),
            Optional.empty(),
            0,
            inUse.transcript(),
            "It fares badly.");
    town.ledger.submit(back.sign(town.aggregator));
    town.look();
    RoundClose end = town.round().end().orElseThrow();
    assertThat(end.end()).isEqualTo(RoundClose.End.ABORTED);
    assertThat(end.reason()).isEqualTo("It begins with another update than the one in use.");
    town.clock.advance(RoundWishes.PAUSE);
    town.look();
    assertThat(town.round().descriptor().number()).isEqualTo(3);
    assertThat(town.round().descriptor().parent()).isEmpty();
  }

  @Test
  void opensNoRoundThatItCouldNotEnd() throws Exception {
    town.wishes.otherCommitment = Optional.of(RoundTown.digest("other items"));
    town.host.look();
    assertThat(town.host.newest()).isEmpty();
    assertThat(town.host.doing())
        .isEqualTo("The plan makes a round that no member would follow; none is opened.");
    town.wishes.refusal = Optional.of("There is no model to train.");
    town.host.look();
    assertThat(town.host.doing()).isEqualTo("There is no model to train.");
    town.wishes.noItems = Optional.of("the gate's file is not there");
    town.host.look();
    assertThat(town.host.doing()).isEqualTo("No round can open: the gate's file is not there.");
  }

  @Test
  void membersRefuseATranscriptThatWasChangedOnItsWay() throws Exception {
    town.lookUntil(Round.Step.TRAINING);
    Round round = town.round();
    RoundMessage lie = new RoundClose(round.id(), round.head(), RoundClose.End.ABORTED, "No.");
    SignedEnvelope forged = lie.sign(liar.key);
    RoundSeat honest = town.seats.getFirst();
    honest.changes =
        down ->
            down.hasRoundPage()
                ? down.toBuilder()
                    .setRoundPage(
                        down.getRoundPage().toBuilder()
                            .setLength(down.getRoundPage().getLength() + 1)
                            .addMessages(forged.wire()))
                    .build()
                : down;
    town.look();
    town.look();
    assertThat(honest.member.doing())
        .isEqualTo(
            "The aggregator's transcript is wrong, so this node takes no part:"
                + " Only the aggregator of the round may say this.");
    town.look();
    assertThat(town.steps()).as("it is told once").containsOnlyOnce("transcript-refused");
  }

  @Test
  void membersSaySo_whenNobodyAggregates() throws Exception {
    liar.look();
    assertThat(liar.member.doing()).isEqualTo("No round is open.");
    liar.detach();
    liar.member.look();
    assertThat(liar.member.doing()).isEqualTo("The referee that aggregates is not attached.");
  }
}
