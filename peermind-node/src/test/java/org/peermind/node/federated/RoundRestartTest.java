// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.protocol.wire.Down;
import org.peermind.testkit.Property;

/// Rounds whose members and whose aggregator stop and begin again, and whose streams break.
@Timeout(60)
final class RoundRestartTest {
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

  private Round led(RoundTown.Between between) throws Exception {
    town.lookUntil(Round.Step.CLOSED, between);
    town.host.look();
    return town.round();
  }

  private void hasPassed(Round round) {
    assertThat(round.end().map(RoundClose::end)).contains(RoundClose.End.PASSED);
    assertThat(round.updates()).hasSize(3);
    assertThat(round.evaluations()).hasSize(3);
    assertThat(town.governance().checkpoint().flatMap(UpdateCheckpoint::adapter))
        .contains(round.aggregate().orElseThrow().adapter());
  }

  @Test
  void endsWithTheSum_whenEveryMemberIsRestartedAfterEachLook() throws Exception {
    Round round =
        led(
            () -> {
              for (RoundSeat seat : town.seats) {
                seat.restart();
              }
            });
    hasPassed(round);
    for (RoundSeat seat : town.seats) {
      assertThat(seat.pupil.lessons).as("nobody trains twice").hasValue(1);
      assertThat(seat.pupil.trials).as("nobody evaluates twice").hasValue(1);
    }
  }

  @Test
  void endsWithTheSum_whenTheAggregatorIsRestartedAfterEachLook() throws Exception {
    hasPassed(led(town::restartAggregator));
    town.restartAggregator();
    town.look();
    assertThat(town.ledger.reader().orElseThrow().size()).isEqualTo(2);
  }

  @Test
  void endsWithTheSum_whenEverybodyIsRestartedBetweenAnyTwoLooks() throws Exception {
    for (int look = 0; look < 40; look++) {
      boolean isOver = town.host.newest().filter(one -> one.end().isPresent()).isPresent();
      if (isOver && town.governance().newestRound() == 1) {
        break;
      }
      town.host.look();
      town.restartAggregator();
      for (RoundSeat seat : town.seats) {
        seat.look();
        seat.restart();
        town.restartAggregator();
      }
    }
    hasPassed(town.round());
    assertThat(town.ledger.reader().orElseThrow().size()).isEqualTo(2);
  }

  private static final List<Predicate<Down>> BREAKS =
      List.of(Down::hasRoundOutcome, Down::hasRoundPage, Down::hasBlobPart, Down::hasRoundHead);

  @Test
  void endsWithTheSum_whenStreamsBreakAndAnswersAreLost() throws Exception {
    int[] seed = {0};
    Property.forAll(
        1,
        4,
        random -> {
          Path own = folder.resolve("seed" + seed[0]++);
          RoundTown streams = new RoundTown(own, 3);
          try {
            for (int look = 0; look < 90; look++) {
              RoundSeat seat = streams.seats.get(random.nextInt(3));
              seat.breaksBefore = BREAKS.get(random.nextInt(BREAKS.size()));
              // Whatever it would say now, it said something before.
              seat.pupil.training = Duration.ofMinutes(random.nextInt(10, 30));
              seat.pupil.finding =
                  new Examiner.Finding(20, random.nextInt(1_500_000), 1_400_000, List.of());
              streams.look();
              streams.clock.advance(Duration.ofSeconds(3));
              if (streams.governance().newestRound() == 1) {
                break;
              }
            }
            Round round = streams.round();
            assertThat(round.end().map(RoundClose::end))
                .as("%s; %s", streams.host.doing(), streams.doings())
                .contains(RoundClose.End.PASSED);
            assertThat(round.updates()).hasSize(3);
            assertThat(own.resolve("aggregator").resolve("barred")).doesNotExist();
          } finally {
            streams.close();
          }
        });
  }

  @Test
  void saysItsEnrolmentAsItWas_whenTheAnswerWasLost() throws Exception {
    RoundSeat seat = town.seats.getFirst();
    town.host.look();
    seat.breaksBefore = Down::hasRoundOutcome;
    seat.look();
    assertThat(town.round().enrolled()).containsKey(seat.key.id());
    assertThat(seat.member.doing())
        .isEqualTo("The aggregator did not take its message: The referee did not answer.");

    seat.pupil.training = Duration.ofMinutes(40);
    seat.restart();
    seat.breaksBefore = Down::hasRoundPage;
    seat.look();
    seat.look();
    town.look();
    hasPassed(led(() -> {}));
    assertThat(Objects.requireNonNull(town.round().enrolled().get(seat.key.id())).training())
        .isEqualTo(Duration.ofMinutes(20));
  }

  @Test
  void asksByItself_whenTheWordThatTheRoundGoesOnWasLost() throws Exception {
    RoundSeat seat = town.seats.getFirst();
    town.look();
    town.membersLook();
    seat.loses = Down::hasRoundHead;
    town.look();
    town.look();
    assertThat(town.round().step()).isEqualTo(Round.Step.TRAINING);
    assertThat(seat.pupil.lessons).hasValue(0);
    town.clock.advance(Duration.ofMinutes(5));
    town.look();
    assertThat(seat.pupil.lessons).as("the enrolment should be over by now").hasValue(1);
    seat.look();
    assertThat(town.round().commits()).hasSize(3);
  }

  @Test
  void trainsNothing_thatTheRoundDoesNotTake() throws Exception {
    RoundSeat seat = town.seats.getFirst();
    seat.pupil.numbers = new int[RoundWishes.LENGTH + 1];
    town.lookUntil(Round.Step.TRAINING);
    seat.look();
    assertThat(seat.member.doing())
        .isEqualTo("It cannot train: the update has 28 bytes, and the round takes 24.");
    assertThat(town.round().commits()).doesNotContainKey(seat.key.id());
  }

  @Test
  void trainsAgain_whenItWasStoppedBeforeItWasBound() throws Exception {
    town.lookUntil(Round.Step.TRAINING);
    RoundSeat seat = town.seats.getFirst();
    assertThat(seat.pupil.lessons).hasValue(1);
    Digest id = town.round().id();
    seat.stop();
    Files.delete(folder.resolve("member0").resolve("rounds").resolve(id.hex() + ".commit"));
    seat.start();
    hasPassed(led(() -> {}));
    assertThat(seat.pupil.lessons).hasValue(2);
  }

  @Test
  void sitsTheRoundOut_whenTheDiskChangedWhatItIsBoundTo() throws Exception {
    town.lookUntil(Round.Step.TRAINING);
    RoundSeat seat = town.seats.getFirst();
    Path commit =
        folder.resolve("member0").resolve("rounds").resolve(town.round().id().hex() + ".commit");
    Files.write(commit, new byte[] {1});
    seat.restart();
    assertThatThrownBy(seat::look)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("sits the round out");
    assertThat(seat.pupil.lessons).hasValue(1);
    assertThat(town.round().commits()).doesNotContainKey(seat.key.id());
  }

  @Test
  void fetchesItsCopyOfTheTranscriptAgain_whenTheDiskChangedIt() throws Exception {
    town.lookUntil(Round.Step.UPLOADING);
    RoundSeat seat = town.seats.getFirst();
    Path copy = folder.resolve("member0").resolve("rounds").resolve(town.round().id().hex());
    byte[] bytes = Files.readAllBytes(copy);
    bytes[100] ^= 1;
    seat.stop();
    Files.write(copy, bytes);
    seat.start();
    hasPassed(led(() -> {}));
    assertThat(seat.member.round().orElseThrow().transcript()).isNotEmpty();
  }

  @Test
  void asksNoReferee_thatSaysNothingOfRounds() throws Exception {
    MuteReferee mute = new MuteReferee();
    for (RoundSeat seat : town.seats) {
      seat.detach();
      mute.attach(seat.member, town.clock);
      seat.attach();
    }
    hasPassed(led(() -> {}));
    town.look();
    assertThat(mute.asked).as("each question would wait until it is given up").isEmpty();
  }

  private Path newestTranscript() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("aggregator").resolve("rounds"))) {
      return files.max(Comparator.naturalOrder()).orElseThrow();
    }
  }

  /// The power failed, and the disk changed a byte in the middle.
  private byte[] damaged(Path transcript) throws IOException {
    byte[] good = Files.readAllBytes(transcript);
    byte[] bytes = good.clone();
    bytes[bytes.length / 2] ^= 1;
    Files.write(transcript, bytes);
    town.restartAggregator();
    return good;
  }

  @Test
  void startsAndLeadsNoRound_untilAGoodCopyOfADamagedTranscriptIsThere() throws Exception {
    town.lookUntil(Round.Step.UPLOADING);
    Path transcript = newestTranscript();
    byte[] good = damaged(transcript);
    for (int look = 0; look < 5; look++) {
      town.clock.advance(Duration.ofSeconds(11));
      town.look();
    }
    assertThat(town.host.newest()).isEmpty();
    assertThat(town.host.doing())
        .startsWith("It leads no round: the file " + transcript + " is damaged at byte ")
        .endsWith("; put a good copy of it there, or move it away.");
    assertThat(town.doings()).containsOnly("No round is open.");
    assertThat(town.steps().stream().filter("round-unreadable"::equals)).hasSize(1);
    assertThat(newestTranscript()).as("no round beside it").isEqualTo(transcript);

    Files.write(transcript, good);
    town.clock.advance(Duration.ofSeconds(11));
    hasPassed(led(() -> {}));
  }

  @Test
  void opensTheNextRound_onceADamagedTranscriptWasMovedAway() throws Exception {
    town.lookUntil(Round.Step.UPLOADING);
    Path transcript = newestTranscript();
    damaged(transcript);
    Files.move(transcript, folder.resolve("set-aside"));
    town.host.look();
    assertThat(town.host.newest()).as("it looks every ten seconds").isEmpty();
    town.clock.advance(Duration.ofSeconds(11));
    hasPassed(led(() -> {}));
  }

  @Test
  void verifies_whenThePowerFailedBeforeTheFirstMessageOfARound() throws Exception {
    hasPassed(led(() -> {}));
    Path rounds = folder.resolve("aggregator").resolve("rounds");
    Files.write(rounds.resolve("00000002-" + "a".repeat(64)), new byte[] {0, 0});
    RoundVerification verification = new RoundVerification(folder.resolve("aggregator"), town.sums);
    assertThat(verification.all(Map.of()))
        .singleElement()
        .satisfies(finding -> assertThat(finding.recomputed()).contains(true));
    town.restartAggregator();
    town.clock.advance(RoundWishes.PAUSE);
    assertThat(led(() -> {}).descriptor().number()).isEqualTo(3);
  }

  @Test
  void endsCleanly_whenAnUpdateIsGoneFromTheDisk() throws Exception {
    town.lookUntil(Round.Step.UPLOADING);
    town.membersLook();
    assertThat(town.round().updates()).hasSize(3);
    Digest vector = town.round().updates().values().iterator().next().vector();
    Files.delete(folder.resolve("aggregator").resolve("blobs").resolve(vector.hex()));
    Round round = led(() -> {});
    assertThat(round.end().orElseThrow().reason())
        .isEqualTo("An update is not on the aggregator's disk any more.");
  }

  @Test
  void triesToAggregateAgain_andEndsCleanlyWhenItNeverWorks() throws Exception {
    town.lookUntil(Round.Step.UPLOADING);
    town.membersLook();
    town.combining =
        (_, _) -> {
          throw new IOException("the model's file is not here");
        };
    assertThatThrownBy(() -> town.host.look()).hasMessage("the model's file is not here");
    town.clock.advance(Duration.ofMinutes(21));
    town.host.look();
    assertThat(town.round().end().orElseThrow().reason())
        .isEqualTo("The updates could not be aggregated in time.");
  }

  @Test
  void goesOn_whenAggregatingWorksAtLast() throws Exception {
    town.lookUntil(Round.Step.UPLOADING);
    town.membersLook();
    town.combining =
        (_, _) -> {
          throw new IOException("the model's file is not here");
        };
    assertThatThrownBy(() -> town.host.look()).isInstanceOf(IOException.class);
    town.restartAggregator();
    town.combining = town.sums;
    hasPassed(led(() -> {}));
  }

  @Test
  void keepsTheRoundInUse_howeverManyAreAborted() throws Exception {
    hasPassed(led(() -> {}));
    Optional<UpdateCheckpoint> inUse = town.governance().checkpoint();
    for (RoundSeat seat : town.seats) {
      seat.stop();
    }
    for (int night = 0; night < RoundFiles.KEPT + 5; night++) {
      town.clock.advance(RoundWishes.PAUSE);
      town.host.look();
      town.clock.advance(Duration.ofMinutes(5));
      town.host.look();
      assertThat(town.round().end().map(RoundClose::end)).contains(RoundClose.End.ABORTED);
    }
    Path rounds = folder.resolve("aggregator").resolve("rounds");
    try (Stream<Path> kept = Files.list(rounds)) {
      assertThat(kept).as("the newest and the one in use").hasSize(RoundFiles.KEPT + 1);
    }
    town.clock.advance(RoundWishes.PAUSE);
    for (RoundSeat seat : town.seats) {
      seat.start();
    }
    town.host.look();
    assertThat(town.round().descriptor().parent().map(parent -> parent.adapter()))
        .isEqualTo(inUse.flatMap(UpdateCheckpoint::adapter));
    hasPassed(led(() -> {}));
  }
}
