// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.LedgerReader;
import org.peermind.ledger.LedgerRules;
import org.peermind.ledger.LocalLog;
import org.peermind.ledger.LogStorage;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.voting.Governance;

/// The ledger at the referee that writes it. One thread appends, as many records at a time as wait,
/// so that they share the disk's syncs. A record that is there already is acknowledged again.
public final class LedgerWriter implements NetworkLedger, AutoCloseable {
  private static final int WAITING_MAX = 1_024;
  private static final int REMEMBERED_MAX = 65_536;
  private static final int PROOFS_MAX = LocalLog.RECORDS_AT_ONCE_MAX;
  private static final LocalLog.Outcome NOT_COVERED =
      new LocalLog.Outcome.NotWritten("The ledger's disk failed; send the record again.");
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final IdentityKey identity;
  private final InstantSource clock;
  private final GovernanceRules rules;
  private final LocalLog log;
  private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Indexes indexes;
  private final Thread thread;
  private volatile boolean closed;

  private record Waiting(SignedEnvelope record, CompletableFuture<Submitted> outcome) {}

  private LedgerWriter(
      IdentityKey identity,
      InstantSource clock,
      GovernanceRules rules,
      Indexes indexes,
      LocalLog log) {
    this.identity = identity;
    this.clock = clock;
    this.rules = rules;
    this.indexes = indexes;
    this.log = log;
    this.thread = Thread.ofPlatform().name("ledger-writer").daemon().unstarted(this::run);
  }

  /// Opens the ledger of this referee, or makes its files.
  ///
  /// @throws LedgerException when a file was changed, naming it and the entry
  public static LedgerWriter open(
      LogStorage storage, NetworkName network, IdentityKey identity, InstantSource clock)
      throws IOException, LedgerException {
    GovernanceRules rules = new GovernanceRules(network, identity.id());
    Indexes indexes = new Indexes(rules);
    LocalLog log = LocalLog.open(storage, network, identity, indexes, clock.instant());
    LedgerWriter writer = new LedgerWriter(identity, clock, rules, indexes, log);
    writer.thread.start();
    return writer;
  }

  /// Where the last entries are, by the names of their records; told by the log of all that it has.
  private static final class Indexes implements LedgerRules {
    private final LedgerRules rules;
    private final Map<Digest, Long> indexes =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Digest, Long> eldest) {
            return size() > REMEMBERED_MAX;
          }
        };

    Indexes(LedgerRules rules) {
      this.rules = rules;
    }

    Optional<Long> of(SignedEnvelope record) {
      return Optional.ofNullable(indexes.get(Digest.of(record)));
    }

    @Override
    public Optional<String> refusal(LedgerEntry next, List<LedgerEntry> ahead) {
      return rules.refusal(next, ahead);
    }

    @Override
    public void accepted(LedgerEntry entry) {
      rules.accepted(entry);
      indexes.put(Digest.of(entry.record()), entry.index());
    }
  }

  /// Writes the network's first record. Refused when there is one.
  public Submitted begin(Genesis genesis) throws InterruptedException {
    return submit(genesis.sign(identity));
  }

  @Override
  public Optional<Governance> governance() {
    return rules.governance();
  }

  @Override
  public Optional<LedgerReader> reader() {
    return log.reader().size() == 0 ? Optional.empty() : Optional.of(log.reader());
  }

  @Override
  public Instant now() {
    Instant now = clock.instant();
    return governance().map(Governance::last).filter(last -> last.isAfter(now)).orElse(now);
  }

  @Override
  public Submitted submit(SignedEnvelope record) throws InterruptedException {
    CompletableFuture<Submitted> outcome = new CompletableFuture<>();
    if (closed || !waiting.offer(new Waiting(record, outcome))) {
      return new Submitted.Unknown("The ledger has too much to write; send it again later.");
    }
    try {
      return outcome.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      return new Submitted.Unknown("The ledger's disk is slow; send it again.");
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private void run() {
    List<Waiting> batch = new ArrayList<>();
    while (!closed) {
      try {
        Waiting first = waiting.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
          continue;
        }
        batch.add(first);
      } catch (InterruptedException _) {
        return;
      }
      waiting.drainTo(batch, LocalLog.RECORDS_AT_ONCE_MAX - 1);
      try {
        write(batch);
      } catch (RuntimeException bug) {
        // Its callers are told; the next records may be others.
        batch.forEach(one -> one.outcome().completeExceptionally(bug));
      }
      batch.clear();
    }
  }

  private void write(List<Waiting> batch) {
    Set<SignedEnvelope> fresh = new LinkedHashSet<>();
    for (Waiting one : batch) {
      if (indexes.of(one.record()).isEmpty()) {
        fresh.add(one.record());
      }
    }
    // Also without anything new: what a full disk left uncovered is published first.
    Map<SignedEnvelope, LocalLog.Outcome> outcomes = append(List.copyOf(fresh));
    for (Waiting one : batch) {
      one.outcome()
          .complete(submitted(one.record(), Optional.ofNullable(outcomes.get(one.record()))));
    }
  }

  /// Also appends the proofs that the rules found in what they refused.
  private Map<SignedEnvelope, LocalLog.Outcome> append(List<SignedEnvelope> records) {
    long before = log.reader().size();
    List<LocalLog.Outcome> outcomes = log.append(records, clock.instant());
    List<SignedEnvelope> proofs =
        rules.takeProofs().stream().limit(PROOFS_MAX).map(proof -> proof.sign(identity)).toList();
    if (!proofs.isEmpty()) {
      log.append(proofs, clock.instant());
      rules.takeProofs();
    }
    if (log.reader().size() > before) {
      listeners.forEach(Runnable::run);
    }
    Map<SignedEnvelope, LocalLog.Outcome> byRecord = new HashMap<>();
    for (int at = 0; at < records.size(); at++) {
      byRecord.put(records.get(at), outcomes.get(at));
    }
    return byRecord;
  }

  /// An entry that is there is acknowledged once a checkpoint covers it, whoever sent it and
  /// however often.
  private Submitted submitted(SignedEnvelope record, Optional<LocalLog.Outcome> outcome) {
    Optional<Long> index = indexes.of(record);
    if (index.isPresent() && index.get() < log.reader().size()) {
      return new Submitted.Accepted(index.get());
    }
    return switch (outcome.orElse(NOT_COVERED)) {
      case LocalLog.Outcome.Accepted(LedgerEntry entry) -> new Submitted.Accepted(entry.index());
      case LocalLog.Outcome.Refused(String reason) -> new Submitted.Refused(reason);
      case LocalLog.Outcome.NotWritten(String reason) -> new Submitted.Unknown(reason);
    };
  }

  /// Ends the writing; what was acknowledged is on the disk.
  @Override
  public void close() throws IOException {
    closed = true; // not by an interrupt, which would close the file in mid-write
    try {
      thread.join(PATIENCE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    for (Waiting one = waiting.poll(); one != null; one = waiting.poll()) {
      one.outcome().complete(new Submitted.Unknown("The node is stopping; send the record again."));
    }
    log.close();
  }
}
