// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// What a ledger has acknowledged, for any number of threads while it goes on growing.
public final class LedgerReader {
  private final LogStorage storage;
  private final MerkleTree tree;
  private final Positions positions;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private volatile Head head;

  private record Head(SignedNote note, long size) {}

  LedgerReader(
      LogStorage storage, MerkleTree tree, Positions positions, SignedNote note, long size) {
    this.storage = storage;
    this.tree = tree;
    this.positions = positions;
    this.head = new Head(note, size);
  }

  /// The last signed checkpoint, as it lies on the disk.
  public SignedNote checkpoint() {
    return head.note();
  }

  /// How many entries are acknowledged.
  public long size() {
    return head.size();
  }

  /// One entry, read from the disk and compared with the tree.
  ///
  /// @throws LedgerException when the disk gives other bytes than were written
  public LedgerEntry entry(long index) throws IOException, LedgerException {
    checkWithin(index >= 0 && index < size());
    TreeHash expected;
    Positions.Position at;
    lock.readLock().lock();
    try {
      expected = tree.leaf(index);
      at = positions.of(index);
    } finally {
      lock.readLock().unlock();
    }
    byte[] head = storage.read(at.segment(), at.offset(), LogFormat.FRAME_BYTES);
    int length = head.length < LogFormat.FRAME_BYTES ? 0 : ByteBuffer.wrap(head).getInt();
    if (length > 0 && length <= LedgerEntry.CONTENTS_BYTES_MAX) {
      byte[] contents =
          storage.read(at.segment(), (long) at.offset() + LogFormat.FRAME_BYTES, length);
      if (TreeHash.leaf(contents).equals(expected)) {
        return LedgerEntry.of(index, contents);
      }
    }
    throw new LedgerException("%s: entry %d was changed".formatted(at.segment(), index));
  }

  /// That an entry is in the ledger.
  ///
  /// @param treeSize of a checkpoint, at most [#size]
  public InclusionProof inclusion(long index, long treeSize) {
    checkWithin(index >= 0 && index < treeSize && treeSize <= size());
    lock.readLock().lock();
    try {
      return new InclusionProof(index, treeSize, tree.inclusionProof(index, treeSize));
    } finally {
      lock.readLock().unlock();
    }
  }

  /// That the ledger only grew.
  ///
  /// @param from the smaller size, not 0
  public ConsistencyProof consistency(long from, long to) {
    checkWithin(from > 0 && from <= to && to <= size());
    lock.readLock().lock();
    try {
      return new ConsistencyProof(from, to, tree.consistencyProof(from, to));
    } finally {
      lock.readLock().unlock();
    }
  }

  /// The root at an earlier size.
  public TreeHash root(long treeSize) {
    checkWithin(treeSize >= 0 && treeSize <= size());
    lock.readLock().lock();
    try {
      return tree.root(treeSize);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// The hash of an entry's contents.
  public TreeHash leafHash(long index) {
    checkWithin(index >= 0 && index < size());
    lock.readLock().lock();
    try {
      return tree.leaf(index);
    } finally {
      lock.readLock().unlock();
    }
  }

  void grow(Runnable change) {
    lock.writeLock().lock();
    try {
      change.run();
    } finally {
      lock.writeLock().unlock();
    }
  }

  void publish(SignedNote note, long size) {
    head = new Head(note, size);
  }

  private static void checkWithin(boolean holds) {
    if (!holds) {
      throw new IndexOutOfBoundsException("The ledger does not reach that far");
    }
  }
}
