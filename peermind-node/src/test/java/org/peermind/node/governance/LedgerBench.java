// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerAudit;
import org.peermind.ledger.LedgerRules;
import org.peermind.ledger.LocalLog;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Vouch;

/// How many records a second the ledger takes, one by one and in groups, beside the disk's own
/// syncs; and how fast its files are replayed with the rules and verified without trust.
@Tag("bench")
class LedgerBench {
  private static final int ROUNDS = 5;
  private static final int ONE_BY_ONE = 100;
  private static final int MEMBERS = 1_000;
  private static final int REPLAYED = 80 * LocalLog.RECORDS_AT_ONCE_MAX;

  @TempDir private Path directory;
  private final IdentityKey writer = IdentityKey.generate(new SecureRandom());
  private final VotedLedger voted = new VotedLedger();

  @Test
  void saysHowFastTheLedgerIs() throws Exception {
    List<Double> syncs = new ArrayList<>();
    List<Double> single = new ArrayList<>();
    List<Double> grouped = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      syncs.add(syncsASecond(directory.resolve("plain-" + round)));
      Path ledger = directory.resolve("ledger-" + round);
      try (LedgerWriter log =
          LedgerWriter.open(
              DiskStorage.forWriting(ledger),
              VotedLedger.NETWORK,
              voted.writer,
              InstantSource.system())) {
        log.submit(voted.records().getFirst());
        single.add(oneByOne(log));
        grouped.add(atOnce(log));
      }
    }
    System.out.printf(
        "records a second: one by one %.0f, %d at once %.0f; plain write and sync %.0f a second%n",
        median(single), MEMBERS, median(grouped), median(syncs));
    assertThat(median(grouped)).isGreaterThan(median(single));
    replay();
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static double perSecond(int count, long begin) {
    return count * 1e9 / (System.nanoTime() - begin);
  }

  private static double syncsASecond(Path file) throws Exception {
    try (RandomAccessFile plain = new RandomAccessFile(file.toFile(), "rw")) {
      long begin = System.nanoTime();
      for (int write = 0; write < ONE_BY_ONE; write++) {
        plain.write(new byte[300]);
        plain.getFD().sync();
      }
      return perSecond(ONE_BY_ONE, begin);
    }
  }

  private List<SignedEnvelope> vouches(int count) {
    Digest genesis = voted.governance().genesis();
    SecureRandom random = new SecureRandom();
    List<SignedEnvelope> records = new ArrayList<>();
    for (int record = 0; record < count; record++) {
      records.add(
          new Vouch(genesis, IdentityKey.generate(random).id(), Role.LIGHT_USER)
              .sign(voted.voters.get(record % voted.voters.size())));
    }
    return records;
  }

  private double oneByOne(LedgerWriter log) throws Exception {
    List<SignedEnvelope> records = vouches(ONE_BY_ONE);
    long begin = System.nanoTime();
    for (SignedEnvelope record : records) {
      assertThat(log.submit(record)).isInstanceOf(NetworkLedger.Submitted.Accepted.class);
    }
    return perSecond(ONE_BY_ONE, begin);
  }

  /// As many authors as the writer's queue holds.
  private double atOnce(LedgerWriter log) throws Exception {
    List<SignedEnvelope> records = vouches(MEMBERS);
    try (ExecutorService authors = Executors.newVirtualThreadPerTaskExecutor()) {
      long begin = System.nanoTime();
      List<Future<NetworkLedger.Submitted>> outcomes = new ArrayList<>();
      records.forEach(record -> outcomes.add(authors.submit(() -> log.submit(record))));
      for (Future<NetworkLedger.Submitted> outcome : outcomes) {
        assertThat(outcome.get()).isInstanceOf(NetworkLedger.Submitted.Accepted.class);
      }
      return perSecond(MEMBERS, begin);
    }
  }

  /// Opening reads and hashes all; verifying also checks every signature; replaying also applies
  /// the network's rules.
  private void replay() throws Exception {
    Path plain = directory.resolve("plain");
    List<SignedEnvelope> records = vouches(LocalLog.RECORDS_AT_ONCE_MAX);
    try (LocalLog log = open(plain)) {
      for (int written = 0; written < REPLAYED; written += records.size()) {
        log.append(records, VotedLedger.START);
      }
    }
    long begin = System.nanoTime();
    open(plain).close();
    double opened = perSecond(REPLAYED, begin);
    begin = System.nanoTime();
    LedgerAudit.of(DiskStorage.forReading(plain), Optional.empty(), _ -> {});
    double verified = perSecond(REPLAYED, begin);
    Path ruled = directory.resolve("ledger-0");
    int entries = 1 + ONE_BY_ONE + MEMBERS;
    begin = System.nanoTime();
    LedgerWriter.open(
            DiskStorage.forWriting(ruled),
            VotedLedger.NETWORK,
            voted.writer,
            InstantSource.system())
        .close();
    System.out.printf(
        "entries a second: opened %.0f, verified %.0f, replayed with the rules of %d members"
            + " %.0f%n",
        opened, verified, entries, perSecond(entries, begin));
  }

  private LocalLog open(Path plain) throws Exception {
    return LocalLog.open(
        DiskStorage.forWriting(plain),
        VotedLedger.NETWORK,
        writer,
        LedgerRules.OPEN,
        VotedLedger.START);
  }
}
