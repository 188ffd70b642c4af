// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.SignedEnvelope;

/// The ledger of one referee, in files (ADR 0022). What [#append] acknowledged is on the disk,
/// under a checkpoint that is there too. Safe for use by several threads; one writes at a time.
public final class LocalLog implements AutoCloseable {
  /// The most bytes of one segment.
  public static final int SEGMENT_BYTES_MAX = 8 << 20;

  /// The most records that are written at once.
  public static final int RECORDS_AT_ONCE_MAX = 256;

  /// The most entries of a log.
  public static final int ENTRIES_MAX = 1 << 24;

  /// What became of a record.
  public sealed interface Outcome {
    /// It is in the ledger, durably.
    record Accepted(LedgerEntry entry) implements Outcome {}

    /// It may not be written, now or later.
    ///
    /// @param reason one sentence
    record Refused(String reason) implements Outcome {}

    /// The disk failed: it is not acknowledged, though it may come to light later.
    ///
    /// @param reason one sentence
    record NotWritten(String reason) implements Outcome {}
  }

  private final LogStorage storage;
  private final IdentityKey identity;
  private final List<NoteKey> keys;
  private final LedgerRules rules;
  private final LedgerReader reader;
  private final LogTail tail;
  private final ReentrantLock writing = new ReentrantLock();
  private Instant last;

  private LocalLog(
      LogStorage storage,
      IdentityKey identity,
      LedgerRules rules,
      StoredLog stored,
      int segmentBytesMax)
      throws LedgerException {
    this.storage = storage;
    this.identity = identity;
    this.keys = List.of(stored.key(), LogFormat.witness(stored.key()));
    this.rules = rules;
    this.last = stored.last();
    this.reader =
        new LedgerReader(
            storage, stored.tree(), stored.positions(), stored.note(), stored.checkpoint().size());
    this.tail = new LogTail(storage, stored, reader, segmentBytesMax);
  }

  /// Opens the log, or makes it where there are no files yet.
  ///
  /// @param identity of the referee that writes it
  /// @param now for the checkpoint that is signed when there are whole entries beyond the last one
  /// @throws LedgerException when a file was changed or is missing, naming it and the entry
  public static LocalLog open(
      LogStorage storage, NetworkName network, IdentityKey identity, LedgerRules rules, Instant now)
      throws IOException, LedgerException {
    return open(storage, network, identity, rules, now, SEGMENT_BYTES_MAX);
  }

  static LocalLog open(
      LogStorage storage,
      NetworkName network,
      IdentityKey identity,
      LedgerRules rules,
      Instant now,
      int segmentBytesMax)
      throws IOException, LedgerException {
    NoteKey key =
        new NoteKey(LogFormat.origin(network), NoteKey.Kind.ED25519, identity.publicKey());
    begin(storage, key, identity, now);
    if (!StoredLog.key(storage).equals(key)) {
      throw new LedgerException(
          "%s: the ledger is of another network or referee than %s"
              .formatted(LogFormat.KEY, key.name()));
    }
    StoredLog stored =
        StoredLog.read(
            storage,
            (entry, isCovered) -> {
              if (!isCovered) {
                entry.verifySignature();
              }
              Optional<String> refusal = rules.refusal(entry, List.of());
              if (refusal.isPresent()) {
                throw new LedgerException(refusal.get());
              }
              rules.accepted(entry);
            });
    LocalLog log = new LocalLog(storage, identity, rules, stored, segmentBytesMax);
    log.restore(now);
    return log;
  }

  /// Writes the key and an empty checkpoint, in this order, where there is nothing yet.
  private static void begin(LogStorage storage, NoteKey key, IdentityKey identity, Instant now)
      throws IOException, LedgerException {
    List<String> names = storage.names();
    if (names.contains(LogFormat.CHECKPOINT) || !LogFormat.segments(names).isEmpty()) {
      return;
    }
    if (!names.contains(LogFormat.KEY)) {
      storage.replace(LogFormat.KEY, StoredLog.keyFile(key));
    } else if (!StoredLog.key(storage).equals(key)) {
      return; // refused by the caller
    }
    Checkpoint empty = new Checkpoint(key.name(), 0, TreeHash.EMPTY_TREE, List.of());
    SignedNote note =
        SignedNote.sign(empty.text(), identity, List.of(key, LogFormat.witness(key)), now);
    storage.replace(LogFormat.CHECKPOINT, note.toBytes());
  }

  /// For any number of threads: what was acknowledged.
  public LedgerReader reader() {
    return reader;
  }

  /// Writes records, each of them or none of those that are allowed.
  ///
  /// @param records at most [#RECORDS_AT_ONCE_MAX]
  /// @param now when they are witnessed; never before the last entry
  /// @return what became of each, in order
  public List<Outcome> append(List<SignedEnvelope> records, Instant now) {
    if (records.size() > RECORDS_AT_ONCE_MAX) {
      throw new IllegalArgumentException(
          "at most %d records are written at once".formatted(RECORDS_AT_ONCE_MAX));
    }
    writing.lock();
    try {
      restore(now);
      return write(records, now);
    } catch (IOException failed) {
      String reason =
          "The ledger cannot be written (%s); make room or mend the disk, and send it again."
              .formatted(failed.getMessage());
      return records.stream().<Outcome>map(_ -> new Outcome.NotWritten(reason)).toList();
    } finally {
      writing.unlock();
    }
  }

  private List<Outcome> write(List<SignedEnvelope> records, Instant now) throws IOException {
    Instant millis = now.truncatedTo(ChronoUnit.MILLIS);
    Instant at = millis.isBefore(last) ? last : millis;
    List<LedgerEntry> accepted = new ArrayList<>();
    List<Outcome> outcomes = new ArrayList<>();
    for (SignedEnvelope record : records) {
      LedgerEntry entry = new LedgerEntry(tail.size() + accepted.size(), at, record);
      Optional<String> refusal = refusal(entry, accepted);
      if (refusal.isPresent()) {
        outcomes.add(new Outcome.Refused(refusal.get()));
      } else {
        accepted.add(entry);
        outcomes.add(new Outcome.Accepted(entry));
      }
    }
    if (!accepted.isEmpty()) {
      tail.append(accepted.stream().map(LedgerEntry::contents).toList());
      last = at;
      accepted.forEach(rules::accepted);
      publish(now);
    }
    return outcomes;
  }

  private Optional<String> refusal(LedgerEntry entry, List<LedgerEntry> ahead) {
    if (entry.index() >= ENTRIES_MAX) {
      return Optional.of("The ledger is full: it has %,d entries.".formatted(ENTRIES_MAX));
    }
    if (!entry.isPlain() || entry.contents().length > LedgerEntry.CONTENTS_BYTES_MAX) {
      return Optional.of("The record is too long or has fields that nobody knows.");
    }
    try {
      entry.verifySignature();
    } catch (LedgerException forged) {
      return Optional.of("The record is refused: %s.".formatted(forged.getMessage()));
    }
    return rules.refusal(entry, Collections.unmodifiableList(ahead));
  }

  /// Signs and writes the checkpoint over the whole tree. When this fails the entries stay, so that
  /// no two checkpoints of one size with different roots are ever signed.
  private void publish(Instant now) throws IOException {
    Checkpoint head = new Checkpoint(keys.getFirst().name(), tail.size(), tail.root(), List.of());
    tail.publish(SignedNote.sign(head.text(), identity, keys, now.isBefore(last) ? last : now));
  }

  /// Cuts off what a failed write or a crash left, and publishes entries that are not yet.
  private void restore(Instant now) throws IOException {
    tail.restore();
    if (reader.size() < tail.size()) {
      publish(now);
    }
  }

  @Override
  public void close() throws IOException {
    writing.lock();
    try {
      storage.close();
    } finally {
      writing.unlock();
    }
  }
}
