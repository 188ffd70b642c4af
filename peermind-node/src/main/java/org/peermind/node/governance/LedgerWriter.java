// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.LedgerReader;
import org.peermind.ledger.LocalLog;
import org.peermind.ledger.LogStorage;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Misbehaviour;
import org.peermind.voting.Governance;

/// The ledger at the referee that writes it. One thread appends, as many records at a time as wait,
/// so that they share the disk's syncs. A record that is there already is acknowledged again.
public final class LedgerWriter implements NetworkLedger, AutoCloseable {
  private static final int WAITING_MAX = 1_024;
  private static final int REMEMBERED_MAX = 65_536;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final IdentityKey identity;
  private final InstantSource clock;
  private final GovernanceRules rules;
  private final LocalLog log;
  private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<Digest, Long> indexes =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Long> eldest) {
          return size() > REMEMBERED_MAX;
        }
      };
  private final Thread thread;
  private volatile boolean closed;

  private record Waiting(SignedEnvelope record, CompletableFuture<Submitted> outcome) {}

  private LedgerWriter(
      IdentityKey identity, InstantSource clock, GovernanceRules rules, LocalLog log) {
    this.identity = identity;
    this.clock = clock;
    this.rules = rules;
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
    LocalLog log = LocalLog.open(storage, network, identity, rules, clock.instant());
    LedgerWriter writer = new LedgerWriter(identity, clock, rules, log);
    writer.remember();
    writer.thread.start();
    return writer;
  }

  private void remember() throws IOException, LedgerException {
    LedgerReader entries = log.reader();
    for (long index = Math.max(0, entries.size() - REMEMBERED_MAX);
        index < entries.size();
        index++) {
      indexes.put(Digest.of(entries.entry(index).record()), index);
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
      write(batch);
      batch.clear();
    }
  }

  private void write(List<Waiting> batch) {
    List<Waiting> fresh = new ArrayList<>();
    for (Waiting one : batch) {
      Long known = indexes.get(Digest.of(one.record()));
      if (known == null) {
        fresh.add(one);
      } else {
        one.outcome().complete(new Submitted.Accepted(known));
      }
    }
    List<LocalLog.Outcome> outcomes = append(fresh.stream().map(Waiting::record).toList());
    for (int at = 0; at < fresh.size(); at++) {
      Submitted outcome = submitted(outcomes.get(at));
      Long twin = indexes.get(Digest.of(fresh.get(at).record()));
      fresh.get(at).outcome().complete(twin == null ? outcome : new Submitted.Accepted(twin));
    }
  }

  /// Also appends the proofs that the rules found in what they refused.
  private List<LocalLog.Outcome> append(List<SignedEnvelope> records) {
    if (records.isEmpty()) {
      return List.of();
    }
    List<LocalLog.Outcome> outcomes = log.append(records, clock.instant());
    List<Misbehaviour> proofs = rules.takeProofs();
    for (Misbehaviour proof : proofs) {
      log.append(List.of(proof.sign(identity)), clock.instant()).forEach(this::submitted);
    }
    rules.takeProofs();
    if (!proofs.isEmpty()
        || outcomes.stream().anyMatch(LocalLog.Outcome.Accepted.class::isInstance)) {
      listeners.forEach(Runnable::run);
    }
    return outcomes;
  }

  private Submitted submitted(LocalLog.Outcome outcome) {
    return switch (outcome) {
      case LocalLog.Outcome.Accepted(var entry) -> {
        indexes.put(Digest.of(entry.record()), entry.index());
        yield new Submitted.Accepted(entry.index());
      }
      case LocalLog.Outcome.Refused(String reason) -> new Submitted.Refused(reason);
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
    log.close();
  }
}
