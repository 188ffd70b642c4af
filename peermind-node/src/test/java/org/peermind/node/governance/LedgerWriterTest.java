// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerAudit;
import org.peermind.node.governance.NetworkLedger.Submitted;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Vouch;
import org.peermind.testkit.VirtualClock;
import org.peermind.voting.Witnessed;

/// What the writer acknowledges is in the ledger, once, whoever asks however often.
@Timeout(60)
final class LedgerWriterTest {
  @TempDir private Path directory;

  private final VotedLedger voted = new VotedLedger();
  private final VirtualClock clock = new VirtualClock(VotedLedger.START);
  private FullDisk disk;
  private LedgerWriter writer;

  @BeforeEach
  void open() throws Exception {
    disk = new FullDisk(DiskStorage.forWriting(directory));
    writer = LedgerWriter.open(disk, VotedLedger.NETWORK, voted.writer, clock);
  }

  @AfterEach
  void close() throws Exception {
    writer.close();
    LedgerAudit audit =
        LedgerAudit.of(DiskStorage.forReading(directory), Optional.empty(), _ -> {});
    assertThat(audit.beyond()).isZero();
    assertThat(audit.isTorn()).isFalse();
  }

  private static long accepted(Submitted submitted) {
    assertThat(submitted).isInstanceOf(Submitted.Accepted.class);
    return ((Submitted.Accepted) submitted).index();
  }

  private void writeAll() throws Exception {
    for (Witnessed entry : voted.entries()) {
      clock.advance(Duration.between(clock.instant(), entry.at()));
      assertThat(accepted(writer.submit(entry.record()))).isEqualTo(entry.index());
    }
  }

  private SignedEnvelope vouch(int number) {
    IdentityKey newcomer = IdentityKey.generate(new java.security.SecureRandom());
    return new Vouch(voted.governance().genesis(), newcomer.id(), Role.INFERER)
        .sign(voted.voters.get(number % voted.voters.size()));
  }

  @Test
  void writesAVote_andAcknowledgesEachRecordAgain_alsoAfterARestart() throws Exception {
    AtomicInteger changes = new AtomicInteger();
    writer.onChange(changes::incrementAndGet);
    voted.voted("better", 2);
    writeAll();
    assertThat(writer.governance().orElseThrow().digest()).isEqualTo(voted.governance().digest());
    assertThat(changes.get()).isEqualTo(15);
    assertThat(accepted(writer.submit(voted.records().get(4)))).isEqualTo(4);

    writer.close();
    open();
    assertThat(accepted(writer.submit(voted.records().get(4)))).isEqualTo(4);
    assertThat(writer.reader().orElseThrow().size()).isEqualTo(15);
    assertThat(writer.governance().orElseThrow().digest()).isEqualTo(voted.governance().digest());
  }

  @Test
  void tellsTheRulesSentence_andBeginsOnce() throws Exception {
    assertThat(writer.submit(voted.proposal("early")).toString())
        .contains("A ledger begins with the first record of its network");
    writeAll();

    Submitted again = writer.begin(Genesis.open(voted.records().getFirst()));
    SignedEnvelope twice = voted.proposal("one");

    assertThat(accepted(again)).isZero();
    assertThat(accepted(writer.submit(twice))).isEqualTo(1);
    assertThat(writer.submit(voted.proposal("two")))
        .isEqualTo(new Submitted.Refused("You have a proposal that is not decided yet."));
    assertThat(writer.reader().orElseThrow().size()).isEqualTo(2);
  }

  @Test
  void writesTheProofItself_whenAVoterSealsTwoBallots() throws Exception {
    Digest vote = voted.evaluated("better");
    writeAll();
    clock.advance(Duration.ofMinutes(6));
    IdentityKey liar = voted.voters.get(2);
    List<Submitted> told = new ArrayList<>();
    for (List<Integer> ranks : List.of(List.of(1, 2), List.of(2, 1))) {
      BallotReveal ballot =
          new BallotReveal(vote, 1, Digest.over(new byte[] {1}), ranks, List.of());
      told.add(
          writer.submit(
              new Commit(Commit.Kind.BALLOT, vote, 1, Digest.of(ballot.sign(liar))).sign(liar)));
    }

    long sealed = accepted(told.getFirst());
    assertThat(told.getLast()).isInstanceOf(Submitted.Refused.class);
    var proof = writer.reader().orElseThrow().entry(sealed + 1);
    assertThat(proof.type()).isEqualTo("misbehaviour");
    assertThat(proof.record().signer()).isEqualTo(voted.writer.id());
    assertThat(writer.governance().orElseThrow().roll().isQuarantined(liar.id(), clock.instant()))
        .isTrue();
  }

  @Test
  void sharesTheDisk_amongManyWhoWriteAtOnce() throws Exception {
    writeAll();
    List<Callable<Submitted>> tasks = new ArrayList<>();
    for (int number = 0; number < 60; number++) {
      SignedEnvelope record = vouch(number);
      tasks.add(() -> writer.submit(record));
      tasks.add(() -> writer.submit(record));
    }
    List<Long> indexes = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Submitted> future : threads.invokeAll(tasks)) {
        indexes.add(accepted(future.get()));
      }
    }
    assertThat(indexes).hasSize(120);
    assertThat(indexes.stream().distinct()).hasSize(60);
    assertThat(writer.reader().orElseThrow().size()).isEqualTo(61);
  }

  @Test
  void saysThatItDoesNotKnow_whileTheDiskIsFull() throws Exception {
    writeAll();
    SignedEnvelope one = voted.proposal("one");
    disk.full(true);
    assertThat(writer.submit(one).toString())
        .contains("Unknown")
        .contains("No space left on device");
    disk.full(false);
    assertThat(accepted(writer.submit(one))).isEqualTo(1);

    SignedEnvelope sponsor = new Sponsor(Digest.of(one)).sign(voted.voters.get(1));
    disk.fullForCheckpoints();
    assertThat(writer.submit(sponsor)).isInstanceOf(Submitted.Unknown.class);
    assertThat(writer.submit(sponsor)).isInstanceOf(Submitted.Unknown.class);
    assertThat(writer.reader().orElseThrow().size()).isEqualTo(2);
    disk.full(false);
    assertThat(accepted(writer.submit(sponsor))).isEqualTo(2);
    assertThat(writer.reader().orElseThrow().size()).isEqualTo(3);
  }
}
