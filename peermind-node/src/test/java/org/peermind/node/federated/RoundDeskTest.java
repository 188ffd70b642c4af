// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.wire.BlobGift;
import org.peermind.protocol.wire.BlobPart;
import org.peermind.protocol.wire.BlobQuery;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.RoundQuery;
import org.peermind.protocol.wire.RoundSubmit;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.Await;

/// What a referee takes from the stream of one member, and what a member takes from the referee's.
@Timeout(60)
final class RoundDeskTest {
  @TempDir private Path folder;
  private RoundTown town;
  private RoundSeat liar;

  @BeforeEach
  void open() throws Exception {
    town = new RoundTown(folder, 3);
    liar = town.seats.get(2);
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

  @Test
  void refusesOversizedMessages() throws Exception {
    town.host.look();
    Envelope good = enrolment(1).sign(liar.key).wire();
    UnknownFieldSet padding =
        UnknownFieldSet.newBuilder()
            .addField(
                99,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFrom(new byte[40_000]))
                    .build())
            .build();
    assertThat(liar.says(good.toBuilder().setUnknownFields(padding).build()))
        .isEqualTo("The message is larger than allowed.");
    assertThat(town.round().enrolled()).isEmpty();

    liar.sends(
        Up.newBuilder()
            .setRoundSubmit(
                RoundSubmit.newBuilder()
                    .setMessage(
                        good.toBuilder()
                            .setPayload(
                                ByteString.copyFrom(
                                    new byte[SignedEnvelope.PAYLOAD_BYTES_MAX + 1]))))
            .build());
    assertThat(liar.ended).contains("an envelope is larger than allowed");
    town.restartAggregator();
    assertThat(town.round().transcript()).hasSize(1);
  }

  @Test
  void refusesPiecesThatDoNotFit() throws Exception {
    assertThat(gives0BeforeTheRound()).isEqualTo("No updates are taken for this round now.");
    town.untilUploadsAreDue();
    String misplaced = "The pieces of the update do not fit; give it again from its beginning.";
    byte[] whole = FixedPoint.toBytes(liar.pupil.numbers);
    assertThat(liar.gives(4, new byte[4])).isEqualTo(misplaced);
    assertThat(liar.gives(0, new byte[whole.length + 1])).isEqualTo(misplaced);
    assertThat(liar.gives(0, new byte[0])).isEqualTo(misplaced);
    assertThat(liar.gives(-1, new byte[4])).isEqualTo(misplaced);
    assertThat(liar.gives(0, new byte[4])).isEmpty();
    assertThat(liar.gives(3, new byte[4])).isEqualTo(misplaced);
    assertThat(liar.gives(4, new byte[4])).as("it begins anew").isEqualTo(misplaced);
    try (var left = Files.list(folder.resolve("aggregator").resolve("gifts"))) {
      assertThat(left).isEmpty();
    }
    liar.sends(
        Up.newBuilder()
            .setBlobGift(
                BlobGift.newBuilder()
                    .setRound(ByteString.copyFrom(town.round().id().toBytes()))
                    .setData(ByteString.copyFrom(new byte[RoundPart.PIECE_BYTES + 1])))
            .build());
    assertThat(liar.ended).contains("a piece of an update is too large");
  }

  private String gives0BeforeTheRound() throws Exception {
    town.host.look();
    return liar.gives(0, new byte[4]);
  }

  @Test
  void takesAnUpdateInManyPieces() throws Exception {
    town.untilUploadsAreDue();
    byte[] whole = FixedPoint.toBytes(liar.pupil.numbers);
    for (int at = 0; at < whole.length; at++) {
      assertThat(liar.gives(at, new byte[] {whole[at]})).isEmpty();
    }
    Round round = town.round();
    assertThat(
            liar.says(new Update(round.id(), round.stepHead(), Digest.over(whole)).sign(liar.key)))
        .isEmpty();
    assertThat(town.round().updates()).containsKey(liar.key.id());
  }

  @Test
  void takesUpdatesOfThoseOnlyWhoAreBoundToOne() throws Exception {
    liar.pupil.unready = Optional.of("It only watches.");
    town.look();
    town.lookAfterTheStep();
    town.lookUntil(Round.Step.UPLOADING);
    assertThat(liar.gives(0, new byte[4]))
        .isEqualTo("Only members that are bound to an update give one.");
  }

  @Test
  void answersQuestionsAboutWhatIsNotThere_withNothing() throws Exception {
    town.host.look();
    liar.sends(
        Up.newBuilder()
            .setRoundQuery(
                RoundQuery.newBuilder().setId(1).setRound(ByteString.copyFrom(new byte[3])))
            .build());
    assertThat(liar.came.getLast().getRoundPage().getMessagesCount()).isZero();
    liar.sends(Up.newBuilder().setRoundQuery(RoundQuery.newBuilder().setId(2).setFrom(-5)).build());
    assertThat(liar.came.getLast().getRoundPage().getMessagesCount()).isEqualTo(1);
    ByteString unknown = ByteString.copyFrom(RoundTown.digest("unknown").toBytes());
    liar.sends(
        Up.newBuilder()
            .setBlobQuery(BlobQuery.newBuilder().setId(3).setSha256(unknown).setOffset(-1))
            .build());
    assertThat(liar.came.getLast().getBlobPart().getData()).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void givesLongTranscriptsInPages() throws Exception {
    town.close();
    town = new RoundTown(folder.resolve("large"), 10);
    String reason = "é".repeat(300);
    for (RoundSeat seat : town.seats) {
      seat.pupil.finding =
          new Examiner.Finding(20, 1_400_000, 1_600_000, Collections.nCopies(8, reason));
    }
    Round round = town.finished();
    assertThat(round.evaluations()).hasSize(10);
    RoundSeat late = town.seats.get(4);
    late.stop();
    Path copy = Path.of("large", "member4", "rounds", round.id().hex());
    Files.delete(folder.resolve(copy));
    late.start();
    late.came.clear();
    late.look();
    assertThat(late.member.round().orElseThrow().head()).isEqualTo(round.head());
    assertThat(late.came.stream().filter(Down::hasRoundPage))
        .as("two from the beginning, and two for what follows the descriptor")
        .hasSize(4);
  }

  @Test
  void doesOnlySoMuchAtATimeForOne() throws Exception {
    town.host.look();
    CountDownLatch free = new CountDownLatch(1);
    town.slowness =
        () -> {
          try {
            free.await();
          } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
          }
        };
    int before = liar.came.size();
    Up message =
        Up.newBuilder()
            .setRoundSubmit(
                RoundSubmit.newBuilder().setId(9).setMessage(enrolment(1).sign(liar.key).wire()))
            .build();
    for (int one = 0; one < 4; one++) {
      liar.sendsWithoutWaiting(message);
    }
    liar.sends(message);
    assertThat(liar.came).as("the fifth is answered at once").hasSize(before + 1);
    assertThat(liar.came.getLast().getRoundOutcome().getLater()).isTrue();
    assertThat(liar.lastReason()).isEqualTo("The referee cannot do it now; try again later.");
    town.slowness = () -> {};
    free.countDown();
    Await.until(
        "the other four",
        Duration.ofSeconds(20),
        () -> liar.came.stream().filter(Down::hasRoundOutcome).count() == 5);
    assertThat(town.round().enrolled()).containsOnlyKeys(liar.key.id());
  }

  private static UnaryOperator<Down> ofParts(UnaryOperator<BlobPart.Builder> change) {
    return down ->
        down.hasBlobPart()
            ? down.toBuilder().setBlobPart(change.apply(down.getBlobPart().toBuilder())).build()
            : down;
  }

  @Test
  void membersTakeNoFile_thatIsNotWhatItsNameSays() throws Exception {
    byte[] file = "an adapter".getBytes(StandardCharsets.UTF_8);
    Digest name = new RoundFiles(folder.resolve("aggregator")).shelf().put(file);
    for (UnaryOperator<BlobPart.Builder> lie :
        List.<UnaryOperator<BlobPart.Builder>>of(
            part -> part.setData(ByteString.copyFromUtf8("an adaptor")),
            part -> part.setData(ByteString.EMPTY),
            part -> part.setOffset(part.getOffset() + 1),
            part -> part.setTotal(5),
            part -> part.setTotal(BlobShelf.BYTES_MAX + 1L),
            part -> part.setTotal(-1),
            part -> part.setData(ByteString.copyFrom(new byte[11])))) {
      liar.changes = ofParts(lie);
      assertThat(liar.member.blob(name)).isEmpty();
    }
    liar.changes = UnaryOperator.identity();
    assertThat(liar.member.blob(name).orElseThrow()).isEqualTo(file);
  }

  @Test
  void givesLargeFilesInPieces() throws Exception {
    byte[] file = new byte[3 * RoundPart.PIECE_BYTES + 7];
    for (int at = 0; at < file.length; at++) {
      file[at] = (byte) (at % 251);
    }
    Digest name = new RoundFiles(folder.resolve("aggregator")).shelf().put(file);
    assertThat(liar.member.blob(name).orElseThrow()).isEqualTo(file);
    assertThat(liar.came.stream().filter(Down::hasBlobPart)).hasSize(4);
  }

  @Test
  void membersFetchTheUpdateInUseAgain_whenTheDiskChangedIt() throws Exception {
    Round round = town.finished();
    town.membersLook();
    Digest adapter = round.aggregate().orElseThrow().adapter();
    Path file = liar.member.adapter(adapter).orElseThrow();
    byte[] good = Files.readAllBytes(file);
    liar.stop();
    Files.write(file, new byte[] {1});
    liar.start();
    assertThat(liar.member.adapter(adapter)).isEmpty();
    liar.look();
    assertThat(liar.member.adapter(adapter).orElseThrow()).hasBinaryContent(good);
  }
}
