// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What the files of a log hold, read from the first byte: entries up to the checkpoint must be
/// whole and give its root; of what lies beyond, the whole entries.
final class StoredLog {
  /// Hears each entry in order.
  interface Listener {
    void entry(LedgerEntry entry, boolean isCovered) throws LedgerException;
  }

  /// Where the whole entries end though bytes go on.
  ///
  /// @param bytes of the file that are good; 0 when not even its head is
  record Torn(String file, long bytes) {}

  private final NoteKey key;
  private final SignedNote note;
  private final Checkpoint checkpoint;
  private final MerkleTree tree = new MerkleTree();
  private final Positions positions = new Positions();
  private Optional<Torn> torn = Optional.empty();
  private Instant last = Instant.EPOCH;

  private StoredLog(NoteKey key, SignedNote note, Checkpoint checkpoint) {
    this.key = key;
    this.note = note;
    this.checkpoint = checkpoint;
  }

  /// Nothing is stored yet; the note only says what will be.
  static StoredLog none(NoteKey key, SignedNote note) throws LedgerException {
    Checkpoint head = head(key, note);
    return new StoredLog(
        key, note, new Checkpoint(head.origin(), 0, TreeHash.EMPTY_TREE, List.of()));
  }

  /// Reads and checks everything.
  ///
  /// @throws LedgerException naming file and entry at the first thing that is wrong
  static StoredLog read(LogStorage storage, Listener listener) throws IOException, LedgerException {
    NoteKey key = key(storage);
    SignedNote note =
        named(LogFormat.CHECKPOINT, () -> SignedNote.parse(small(storage, LogFormat.CHECKPOINT)));
    Checkpoint head = named(LogFormat.CHECKPOINT, () -> head(key, note));
    StoredLog log = new StoredLog(key, note, head);
    for (String name : LogFormat.segments(storage.names())) {
      if (log.torn.isPresent()) {
        break;
      }
      log.readSegment(storage, name, listener);
    }
    if (log.tree.size() < head.size()) {
      throw new LedgerException(
          "%s: entry %d is missing or damaged, though the checkpoint covers %d entries"
              .formatted(
                  log.torn.map(Torn::file).orElse(LogFormat.segment(log.tree.size())),
                  log.tree.size(),
                  head.size()));
    }
    if (!log.tree.root(head.size()).equals(head.root())) {
      throw new LedgerException(
          "%s: the entries give another root than the checkpoint's"
              .formatted(LogFormat.CHECKPOINT));
    }
    return log;
  }

  private interface Reading<T> {
    T read() throws IOException, LedgerException;
  }

  private static <T> T named(String file, Reading<T> reading) throws IOException, LedgerException {
    try {
      return reading.read();
    } catch (LedgerException wrong) {
      throw new LedgerException("%s: %s".formatted(file, wrong.getMessage()), wrong);
    }
  }

  private static byte[] small(LogStorage storage, String name) throws IOException, LedgerException {
    if (!storage.names().contains(name)) {
      throw new LedgerException("the file is missing");
    }
    byte[] bytes = storage.read(name, 0, LogFormat.SMALL_FILE_BYTES_MAX + 1);
    if (bytes.length > LogFormat.SMALL_FILE_BYTES_MAX) {
      throw new LedgerException("the file is too long");
    }
    return bytes;
  }

  static NoteKey key(LogStorage storage) throws IOException, LedgerException {
    return named(
        LogFormat.KEY,
        () -> {
          byte[] bytes = small(storage, LogFormat.KEY);
          String text = new String(bytes, StandardCharsets.UTF_8);
          NoteKey key = NoteKey.parse(text.strip());
          if (!Arrays.equals(bytes, keyFile(key)) || key.kind() != NoteKey.Kind.ED25519) {
            throw new LedgerException("it is not one line with the key of a log");
          }
          return key;
        });
  }

  static byte[] keyFile(NoteKey key) {
    return (key + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// Both signatures must be there: the log's, and its own as a witness, which says the time.
  /// Others have no place in this file, so that none can be changed unseen.
  static Checkpoint head(NoteKey key, SignedNote note) throws LedgerException {
    List<NoteKey> keys = List.of(key, LogFormat.witness(key));
    if (note.verify(keys).size() != keys.size() || note.signatureCount() != keys.size()) {
      throw new LedgerException("it is not signed by the log and by the log as its witness alone");
    }
    Checkpoint head = Checkpoint.parse(note.text());
    if (!head.origin().equals(key.name())) {
      throw new LedgerException(
          "it is of the log %s, not of %s".formatted(head.origin(), key.name()));
    }
    if (!head.extensions().isEmpty()) {
      throw new LedgerException("it has lines that nobody understands");
    }
    return head;
  }

  private void readSegment(LogStorage storage, String name, Listener listener)
      throws IOException, LedgerException {
    long first = tree.size();
    byte[] bytes = storage.read(name, 0, LocalLog.SEGMENT_BYTES_MAX + 1);
    boolean isHeaded =
        name.equals(LogFormat.segment(first))
            && bytes.length >= LogFormat.HEAD_BYTES
            && Arrays.equals(Arrays.copyOf(bytes, LogFormat.HEAD_BYTES), LogFormat.head(first));
    if (!isHeaded || bytes.length > LocalLog.SEGMENT_BYTES_MAX) {
      torn = Optional.of(new Torn(name, 0));
      return;
    }
    positions.segment(first);
    int offset = LogFormat.HEAD_BYTES;
    while (offset < bytes.length) {
      Optional<byte[]> contents = LogFormat.contents(bytes, offset);
      if (contents.isEmpty()) {
        positions.end(offset);
        torn = Optional.of(new Torn(name, offset));
        return;
      }
      take(name, contents.get(), listener);
      positions.add(offset);
      offset += LogFormat.FRAME_BYTES + contents.get().length;
    }
    positions.end(offset);
  }

  private void take(String name, byte[] contents, Listener listener) throws LedgerException {
    long index = tree.size();
    if (index >= LocalLog.ENTRIES_MAX) {
      throw new LedgerException("%s: there are more entries than are read".formatted(name));
    }
    try {
      LedgerEntry entry = LedgerEntry.of(index, contents);
      if (entry.witnessedAt().isBefore(last)) {
        throw new LedgerException("it is from before the entry before it");
      }
      last = entry.witnessedAt();
      listener.entry(entry, index < checkpoint.size());
    } catch (LedgerException wrong) {
      throw new LedgerException(
          "%s: entry %d: %s".formatted(name, index, wrong.getMessage()), wrong);
    }
    tree.append(TreeHash.leaf(contents));
  }

  NoteKey key() {
    return key;
  }

  SignedNote note() {
    return note;
  }

  Checkpoint checkpoint() {
    return checkpoint;
  }

  MerkleTree tree() {
    return tree;
  }

  Positions positions() {
    return positions;
  }

  Optional<Torn> torn() {
    return torn;
  }

  /// When the last entry was witnessed; 1970 when there is none.
  Instant last() {
    return last;
  }
}
