// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// A copy of another referee's ledger in the same files (ADR 0022): everything in it was verified
/// here before it was written. For one thread at a time; its reader is for any number.
public final class MirrorLog implements AutoCloseable {
  private final LogStorage storage;
  private final NoteKey key;
  private final LedgerRules rules;
  private final LedgerReader reader;
  private final LogTail tail;
  private Instant last;

  private MirrorLog(LogStorage storage, NoteKey key, LedgerRules rules, StoredLog stored) {
    this.storage = storage;
    this.key = key;
    this.rules = rules;
    this.last = stored.last();
    this.reader =
        new LedgerReader(
            storage, stored.tree(), stored.positions(), stored.note(), stored.checkpoint().size());
    this.tail = new LogTail(storage, stored, reader, LocalLog.SEGMENT_BYTES_MAX);
  }

  /// The key of the log whose copy lies there; empty when there is none yet.
  ///
  /// @throws LedgerException when the file is damaged
  public static Optional<NoteKey> keyIn(LogStorage storage) throws IOException, LedgerException {
    return storage.names().contains(LogFormat.KEY)
        ? Optional.of(StoredLog.key(storage))
        : Optional.empty();
  }

  /// Opens a copy. Whole entries that a crash left beyond the checkpoint were verified before they
  /// were written; they stay and are read once a later checkpoint covers them.
  ///
  /// @throws LedgerException when a file was changed, or the copy is of another log
  public static MirrorLog open(LogStorage storage, NoteKey key, LedgerRules rules)
      throws IOException, LedgerException {
    Optional<NoteKey> there = keyIn(storage);
    if (there.isPresent() && !there.get().equals(key)) {
      throw new LedgerException(
          "%s: the copy is of the ledger %s, not of %s"
              .formatted(LogFormat.KEY, there.get().name(), key.name()));
    }
    StoredLog stored = StoredLog.read(storage, (entry, isCovered) -> replay(entry, rules));
    MirrorLog log = new MirrorLog(storage, key, rules, stored);
    log.tail.restore();
    return log;
  }

  /// Makes a copy's first files: its key and the log's checkpoint over entries that come with it.
  ///
  /// @param contents of all leaves that `head` covers
  /// @throws LedgerException when anything in them is wrong; nothing is kept then
  public static MirrorLog begin(
      LogStorage storage, NoteKey key, LedgerRules rules, List<byte[]> contents, SignedNote head)
      throws IOException, LedgerException {
    for (String name : storage.names()) {
      if (LogFormat.isSegment(name)) {
        storage.delete(name);
      }
    }
    MirrorLog log = new MirrorLog(storage, key, rules, StoredLog.none(key, head));
    storage.replace(LogFormat.KEY, StoredLog.keyFile(key));
    log.append(contents, head);
    return log;
  }

  private static void replay(LedgerEntry entry, LedgerRules rules) throws LedgerException {
    Optional<String> refusal = rules.refusal(entry, List.of());
    if (refusal.isPresent()) {
      throw new LedgerException(refusal.get());
    }
    rules.accepted(entry);
  }

  /// Checks that a note is a checkpoint of the log with `key`, signed by it alone.
  public static Checkpoint verified(NoteKey key, SignedNote note) throws LedgerException {
    return StoredLog.head(key, note);
  }

  public LedgerReader reader() {
    return reader;
  }

  /// How many entries are there: where the next one belongs.
  public long size() {
    return tail.size();
  }

  /// The root over all entries that are there.
  public TreeHash root() {
    return tail.root();
  }

  /// Whether the entries that are there and these give the root of `head`, a checkpoint of this
  /// log.
  public boolean isExtendedBy(List<byte[]> contents, SignedNote head) throws LedgerException {
    Checkpoint checkpoint = verified(key, head);
    return checkpoint.size() == tail.size() + contents.size()
        && tail.rootWith(contents).equals(checkpoint.root());
  }

  /// Takes in what follows, after everything about it was verified: form, times, signatures, the
  /// rules and the root.
  ///
  /// @param contents of the leaves from [#size] up to what `head` covers
  /// @param head by the log's key
  /// @throws LedgerException at the first thing that is wrong; nothing is kept then
  public void append(List<byte[]> contents, SignedNote head) throws IOException, LedgerException {
    Checkpoint checkpoint = verified(key, head);
    if (checkpoint.size() != tail.size() + contents.size()) {
      throw new LedgerException("the entries do not reach to the checkpoint");
    }
    if (!tail.rootWith(contents).equals(checkpoint.root())) {
      throw new LedgerException("the entries give another root than the checkpoint's");
    }
    List<LedgerEntry> entries = new ArrayList<>();
    Instant before = last;
    for (byte[] one : contents) {
      LedgerEntry entry = LedgerEntry.of(tail.size() + entries.size(), one);
      if (entry.witnessedAt().isBefore(before)) {
        throw new LedgerException(
            "entry %d is from before the entry before it".formatted(entry.index()));
      }
      entry.verifySignature();
      Optional<String> refusal = rules.refusal(entry, Collections.unmodifiableList(entries));
      if (refusal.isPresent()) {
        throw new LedgerException(
            "entry %d is against the rules: %s".formatted(entry.index(), refusal.get()));
      }
      before = entry.witnessedAt();
      entries.add(entry);
    }
    if (!contents.isEmpty()) {
      tail.append(contents);
      last = before;
    }
    // Before the checkpoint, as when it is opened again: they are there from now on.
    entries.forEach(rules::accepted);
    tail.publish(head);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
