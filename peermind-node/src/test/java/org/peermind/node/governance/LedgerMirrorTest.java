// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerAudit;
import org.peermind.ledger.LedgerReader;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.wire.LedgerPage;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.LedgerEvent;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

/// A node that copies the ledger keeps what verifies, whoever gives it, and nothing else.
@Timeout(60)
final class LedgerMirrorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir private Path directory;

  private final VotedLedger voted = new VotedLedger();
  private final VirtualClock clock = new VirtualClock(VotedLedger.START);
  private final NodeId self = LedgerReferee.someId();
  private final LedgerReferee writer = new LedgerReferee(voted.writer.id(), self);
  private final LedgerReferee other = new LedgerReferee(LedgerReferee.someId(), self);
  private final List<Event> heard = new CopyOnWriteArrayList<>();
  private FullDisk disk;
  private LedgerMirror mirror;
  private int sources;

  @BeforeEach
  void open() throws Exception {
    disk = new FullDisk(DiskStorage.forWriting(directory.resolve("copy")));
    mirror =
        LedgerMirror.open(
            disk, VotedLedger.NETWORK, () -> Set.of(voted.writer.id()), clock, heard::add);
  }

  @AfterEach
  void close() throws Exception {
    mirror.close();
  }

  /// A ledger of these records at a writer that knows no rules.
  private LedgerReader ledger(SignedEnvelope... more) throws Exception {
    return ledger(voted, more);
  }

  private LedgerReader ledger(VotedLedger of, SignedEnvelope... more) throws Exception {
    Path source = directory.resolve("source" + sources++);
    of.write(DiskStorage.forWriting(source), List.of(more));
    return LedgerAudit.of(DiskStorage.forReading(source), Optional.empty(), _ -> {}).reader();
  }

  private long size() {
    return mirror.reader().map(LedgerReader::size).orElse(0L);
  }

  private void awaitSize(long size) {
    Await.until("a copy of " + size, PATIENCE, () -> size() == size);
  }

  private void awaitTrouble(String part) {
    Await.until(
        "trouble with " + part,
        PATIENCE,
        () -> mirror.trouble().filter(sentence -> sentence.contains(part)).isPresent());
  }

  @Test
  void copiesALedger_andGoesOnAfterARestart() throws Exception {
    voted.voted("better", 2);
    writer.has(ledger());
    writer.attach(mirror, clock);
    awaitSize(15);
    assertThat(mirror.governance().orElseThrow().digest()).isEqualTo(voted.governance().digest());
    assertThat(mirror.trouble()).isEmpty();
    mirror.close();
    LedgerAudit audit =
        LedgerAudit.of(
            DiskStorage.forReading(directory.resolve("copy")), Optional.empty(), _ -> {});
    assertThat(audit.checkpoint().size()).isEqualTo(15);

    open();
    assertThat(size()).isEqualTo(15);
    Digest vote = voted.governance().votes().iterator().next();
    voted.add(voted.due(vote).sign(voted.writer));
    other.has(ledger());
    other.attach(mirror, clock);
    awaitSize(16);
    assertThat(mirror.governance().orElseThrow().digest()).isEqualTo(voted.governance().digest());
  }

  /// What a liar does to pages; an honest referee is there too.
  private void refusesLie(String sentence, UnaryOperator<LedgerPage.Builder> lie) throws Exception {
    voted.voted("better", 2);
    other.lies(lie);
    other.has(ledger());
    other.attach(mirror, clock);
    awaitTrouble(sentence);
    assertThat(size()).isZero();
    assertThat(heard).hasSize(1).first().isInstanceOf(LedgerEvent.LedgerRefused.class);

    writer.has(ledger());
    writer.attach(mirror, clock);
    awaitSize(15);
    Await.until("no trouble", PATIENCE, () -> mirror.trouble().isEmpty());
    assertThat(other.pagesGiven()).isEqualTo(1);
  }

  @Test
  void refusesAChangedEntry() throws Exception {
    refusesLie(
        "another root",
        page -> {
          byte[] changed = page.getContents(3).toByteArray();
          changed[changed.length - 1] ^= 1;
          return page.setContents(3, ByteString.copyFrom(changed));
        });
  }

  @Test
  void refusesEntriesInAnotherOrder() throws Exception {
    refusesLie(
        "another root",
        page -> {
          List<ByteString> contents = new ArrayList<>(page.getContentsList());
          Collections.swap(contents, 4, 5);
          return page.clearContents().addAllContents(contents);
        });
  }

  @Test
  void refusesAnEmptyPage_beforeTheEnd() throws Exception {
    refusesLie("the ledger is empty", LedgerPage.Builder::clearContents);
  }

  @Test
  void refusesAForgedCheckpoint() throws Exception {
    refusesLie(
        "does not verify",
        page ->
            page.setCheckpoint(
                ByteString.copyFromUtf8(
                    page.getCheckpoint().toStringUtf8().replace("\n15\n", "\n16\n"))));
  }

  @Test
  void refusesPages_thatBeginElsewhere() throws Exception {
    refusesLie("begins elsewhere", page -> page.setFrom(1));
  }

  @Test
  void refusesPages_thatGoOnBeyondTheirCheckpoint() throws Exception {
    refusesLie("goes beyond its checkpoint", page -> page.addContents(page.getContents(14)));
  }

  @Test
  void refusesALedger_whoseWriterTheOwnerDoesNotKnow() throws Exception {
    other.has(ledger(new VotedLedger()));
    other.attach(mirror, clock);

    awaitTrouble("no referee that this node knows");
    assertThat(size()).isZero();
  }

  @Test
  void refusesWhatTheRulesForbid_evenFromTheWriter() throws Exception {
    Digest vote = voted.voted("better", 2);
    writer.has(ledger());
    writer.attach(mirror, clock);
    awaitSize(15);

    writer.has(ledger(new Sponsor(vote).sign(voted.voters.get(2))));

    awaitTrouble("entry 15 is against the rules: The time of sponsors is over.");
    assertThat(size()).isEqualTo(15);
  }

  @Test
  void keepsTheEvidence_whenTheWriterToldOthersAnotherStory() throws Exception {
    SignedEnvelope one = voted.proposal("one");
    writer.has(ledger(one));
    writer.attach(mirror, clock);
    awaitSize(2);

    other.has(ledger(voted.proposal("two")));
    other.attach(mirror, clock);

    awaitTrouble("contradict each other");
    assertThat(Files.readString(directory.resolve("copy").resolve("conflicting-heads")))
        .contains("peermind/garden\n2\n");
    voted.add(one);
    writer.has(ledger(new Sponsor(Digest.of(one)).sign(voted.voters.get(1))));
    mirror.close();
    open();
    assertThat(mirror.trouble().orElseThrow()).contains("contradict each other");
    assertThat(size()).isEqualTo(2);
  }

  @Test
  void keepsTheEvidence_whenALongerStoryBeginsOtherwise() throws Exception {
    writer.has(ledger(voted.proposal("one")));
    writer.attach(mirror, clock);
    awaitSize(2);

    SignedEnvelope two = voted.proposal("two");
    SignedEnvelope sponsor = new Sponsor(Digest.of(two)).sign(voted.voters.get(1));
    other.has(ledger(two, sponsor));
    other.attach(mirror, clock);

    awaitTrouble("contradict each other");
    assertThat(size()).isEqualTo(2);
  }

  @Test
  void goesOn_whenAnOldHeadIsShownAgain() throws Exception {
    LedgerReader old = ledger();
    SignedEnvelope one = voted.proposal("one");
    voted.add(one);
    writer.has(ledger());
    writer.attach(mirror, clock);
    awaitSize(2);

    other.has(old);
    other.attach(mirror, clock);
    voted.add(new Sponsor(Digest.of(one)).sign(voted.voters.get(1)));
    writer.has(ledger());

    awaitSize(3);
    assertThat(mirror.trouble()).isEmpty();
    assertThat(other.pagesGiven()).isZero();
  }

  @Test
  void waits_whileItsDiskIsFull() throws Exception {
    writer.has(ledger());
    writer.attach(mirror, clock);
    awaitSize(1);
    SignedEnvelope one = voted.proposal("one");
    voted.add(one);

    disk.fullForCheckpoints();
    writer.has(ledger());
    awaitTrouble("No space left on device");
    disk.full(true);
    voted.add(new Sponsor(Digest.of(one)).sign(voted.voters.get(1)));
    writer.has(ledger());
    assertThat(size()).isEqualTo(1);

    disk.full(false);
    writer.has(ledger());
    awaitSize(3);
    assertThat(heard).noneMatch(LedgerEvent.LedgerRefused.class::isInstance);
    assertThat(mirror.governance().orElseThrow().digest()).isEqualTo(voted.governance().digest());
  }

  @Test
  void takesARecordToTheWriter_andSaysWhatItSaid() throws Exception {
    assertThat(mirror.submit(voted.proposal("one")))
        .isInstanceOf(NetworkLedger.Submitted.Unknown.class);
    writer.has(ledger());
    writer.attach(mirror, clock);
    other.has(ledger());
    other.attach(mirror, clock);
    awaitSize(1);

    writer.answers(new NetworkLedger.Submitted.Accepted(1));
    assertThat(mirror.submit(voted.proposal("one")))
        .isEqualTo(new NetworkLedger.Submitted.Accepted(1));
    writer.answers(new NetworkLedger.Submitted.Refused("You sponsored it already."));
    assertThat(mirror.pass(voted.proposal("one")))
        .isEqualTo(new NetworkLedger.Submitted.Refused("You sponsored it already."));
    writer.answers(new NetworkLedger.Submitted.Unknown("The disk is slow."));
    other.answers(new NetworkLedger.Submitted.Accepted(7));
    assertThat(mirror.submit(voted.proposal("one")))
        .isEqualTo(new NetworkLedger.Submitted.Accepted(7));
    assertThat(mirror.pass(voted.proposal("one")))
        .isInstanceOf(NetworkLedger.Submitted.Unknown.class);
  }
}
