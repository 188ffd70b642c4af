// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.LocalLog.Outcome;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.testkit.Property;

/// What the ledger acknowledged stays, and nothing changes in it unseen.
final class LocalLogTest {
  private static final int SEGMENT_BYTES = 1500;

  private static List<SignedEnvelope> records(int count) {
    List<SignedEnvelope> records = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      records.add(Records.record(number));
    }
    return records;
  }

  private static long accepted(List<Outcome> outcomes) {
    return outcomes.stream().filter(Outcome.Accepted.class::isInstance).count();
  }

  @Test
  void keepsEntriesOverReopening_andProvesThem(@TempDir Path directory) throws Exception {
    try (LocalLog log = Records.open(DiskStorage.forWriting(directory), SEGMENT_BYTES)) {
      assertThat(accepted(log.append(records(20), Records.START))).isEqualTo(20);
      assertThatThrownBy(() -> DiskStorage.forWriting(directory)).isInstanceOf(IOException.class);
    }
    try (LocalLog log = Records.open(DiskStorage.forWriting(directory), SEGMENT_BYTES)) {
      LedgerReader reader = log.reader();
      assertThat(reader.size()).isEqualTo(20);
      TreeHash before = reader.root(20);
      assertThat(accepted(log.append(records(3), Records.START.plusSeconds(5)))).isEqualTo(3);
      LedgerEntry entry = reader.entry(7);
      assertThat(entry.record()).isEqualTo(Records.record(7));
      reader.inclusion(7, 23).verify(TreeHash.leaf(entry.contents()), reader.root(23));
      reader.consistency(20, 23).verify(before, reader.root(23));
    }
    LedgerAudit audit = Records.audit(DiskStorage.forReading(directory));
    assertThat(audit.checkpoint().size()).isEqualTo(23);
    assertThat(audit.at()).isEqualTo(Records.START.plusSeconds(5));
    assertThat(DiskStorage.forReading(directory).names()).hasSizeGreaterThan(5);
  }

  @Test
  void refusesForgedRecords_andWhatTheRulesRefuse() throws Exception {
    LedgerRules twoOnly =
        new LedgerRules() {
          @Override
          public Optional<String> refusal(LedgerEntry next, List<LedgerEntry> ahead) {
            return next.index() < 2 ? Optional.empty() : Optional.of("There are two already.");
          }

          @Override
          public void accepted(LedgerEntry entry) {}
        };
    try (LocalLog log =
        LocalLog.open(
            new FaultyStorage(new Random(1)),
            Records.NETWORK,
            Records.REFEREE,
            twoOnly,
            Records.START)) {
      List<Outcome> outcomes =
          log.append(
              List.of(Records.record(1), Records.forged(2), Records.record(3), Records.record(4)),
              Records.START);
      assertThat(outcomes.get(0)).isInstanceOf(Outcome.Accepted.class);
      assertThat(outcomes.get(1).toString()).contains("its signature does not verify");
      assertThat(outcomes.get(2)).isInstanceOf(Outcome.Accepted.class);
      assertThat(outcomes.get(3)).isEqualTo(new Outcome.Refused("There are two already."));
      assertThat(log.reader().size()).isEqualTo(2);
    }
  }

  @Test
  void detectsEverySingleBit_ofASmallLedger() throws Exception {
    FaultyStorage storage = new FaultyStorage(new Random(1));
    Records.open(storage, SEGMENT_BYTES).append(records(2), Records.START);
    for (String name : storage.names()) {
      detectsBits(storage, name, 1);
    }
    assertThat(Records.audit(storage).checkpoint().size()).isEqualTo(2);
  }

  @Test
  void detectsSampledBits_ofALargerLedger() throws Exception {
    FaultyStorage storage = new FaultyStorage(new Random(1));
    Records.open(storage, SEGMENT_BYTES).append(records(40), Records.START);
    for (String name : storage.names()) {
      detectsBits(storage, name, 499);
    }
  }

  private static void detectsBits(FaultyStorage storage, String name, int step) throws Exception {
    for (int bit = 0; bit < storage.size(name) * 8; bit += step) {
      storage.flip(name, bit);
      assertThatThrownBy(() -> Records.audit(storage))
          .as("%s bit %d", name, bit)
          .isInstanceOf(LedgerException.class)
          .hasMessageContaining(name);
      storage.flip(name, bit);
    }
  }

  @Test
  void losesNothingAcknowledged_inAThousandCrashes() {
    Property.forAll(
        1,
        334, // of three crashes each
        random -> {
          FaultyStorage storage = new FaultyStorage(random);
          List<SignedEnvelope> known = records(12);
          List<SignedEnvelope> acknowledged = new ArrayList<>();
          for (int crash = 0; crash < 3; crash++) {
            storage.crashAfter(random.nextInt(14));
            try (LocalLog log = Records.open(storage, SEGMENT_BYTES)) {
              for (int write = 0; write < 4; write++) {
                int from = random.nextInt(known.size());
                int to = random.nextInt(from, known.size()) + 1;
                for (Outcome outcome : log.append(known.subList(from, to), Records.START)) {
                  if (outcome instanceof Outcome.Accepted done) {
                    assertThat(done.entry().index()).isGreaterThanOrEqualTo(acknowledged.size());
                    while (acknowledged.size() < done.entry().index()) {
                      // written before, and not confirmed: it came to light at the next start
                      int index = acknowledged.size();
                      acknowledged.add(log.reader().entry(index).record());
                    }
                    acknowledged.add(done.entry().record());
                  }
                }
              }
            } catch (FaultyStorage.Crashed _) {
              // while it was opened
            }
            storage.restart();
            try (LocalLog log = Records.open(storage, SEGMENT_BYTES)) {
              assertThat(log.reader().size()).isGreaterThanOrEqualTo(acknowledged.size());
              for (int index = 0; index < acknowledged.size(); index++) {
                assertThat(log.reader().entry(index).record()).isEqualTo(acknowledged.get(index));
              }
            }
            if (random.nextInt(10) == 0) { // what it checks beyond the reading above is dear
              LedgerAudit audit = Records.audit(storage);
              assertThat(audit.isTorn()).isFalse();
              assertThat(audit.beyond()).isZero();
            }
          }
        });
  }

  @Test
  void refusesWhenTheDiskIsFull_andGoesOnWhenThereIsRoom() {
    Property.forAll(
        1,
        60,
        random -> {
          FaultyStorage storage = new FaultyStorage(random);
          try (LocalLog log = Records.open(storage, SEGMENT_BYTES)) {
            assertThat(accepted(log.append(records(3), Records.START))).isEqualTo(3);
            storage.room(random.nextInt(900));
            List<Outcome> refused = log.append(records(5), Records.START);
            assertThat(accepted(refused)).isZero();
            assertThat(refused.getFirst().toString()).contains("No space left on device");
            assertThat(log.reader().size()).isEqualTo(3);
            storage.room(Long.MAX_VALUE);
            assertThat(accepted(log.append(records(2), Records.START))).isEqualTo(2);
            assertThat(log.reader().size()).isIn(5L, 10L);
          }
          assertThat(Records.audit(storage).beyond()).isZero();
        });
  }
}
