// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.peermind.protocol.Sha256;

/// The append-only tree of RFC 6962 section 2.1. It keeps the hash of every complete subtree, level
/// by level, so that the root at any earlier size and any proof take a logarithmic number of steps.
/// Not safe for use by several threads.
public final class MerkleTree {
  private final List<Column> levels = new ArrayList<>();

  /// Adds a leaf.
  ///
  /// @param leaf made by [TreeHash#leaf]
  /// @return its index
  public long append(TreeHash leaf) {
    long index = size();
    TreeHash hash = leaf;
    for (int level = 0; ; level++) {
      if (levels.size() == level) {
        levels.add(new Column());
      }
      Column column = levels.get(level);
      column.add(hash);
      if (column.size() % 2 != 0) {
        return index;
      }
      hash = TreeHash.node(column.get(column.size() - 2), hash);
    }
  }

  /// How many leaves there are.
  public long size() {
    return levels.isEmpty() ? 0 : levels.getFirst().size();
  }

  /// The leaf with this index.
  public TreeHash leaf(long index) {
    checkWithin(index < size() && index >= 0);
    return levels.getFirst().get((int) index);
  }

  /// The root of the first `size` leaves.
  public TreeHash root(long size) {
    checkWithin(size >= 0 && size <= size());
    return size == 0 ? TreeHash.EMPTY_TREE : hash(0, size);
  }

  /// The root as it would be with further leaves; nothing changes.
  public TreeHash rootWith(List<TreeHash> more) {
    Deque<TreeHash> complete = new ArrayDeque<>();
    long start = 0;
    for (long left = size(); left > 0; left -= Long.highestOneBit(left)) {
      long end = start + Long.highestOneBit(left);
      complete.push(hash(start, end));
      start = end;
    }
    long size = size();
    for (TreeHash leaf : more) {
      TreeHash hash = leaf;
      for (long before = size++; before % 2 != 0; before /= 2) {
        hash = TreeHash.node(complete.pop(), hash);
      }
      complete.push(hash);
    }
    if (complete.isEmpty()) {
      return TreeHash.EMPTY_TREE;
    }
    TreeHash root = complete.pop();
    while (!complete.isEmpty()) {
      root = TreeHash.node(complete.pop(), root);
    }
    return root;
  }

  /// The path from a leaf to the root of the first `size` leaves, from below (RFC 6962 section
  /// 2.1.1).
  public List<TreeHash> inclusionProof(long leaf, long size) {
    checkWithin(leaf >= 0 && leaf < size && size <= size());
    List<TreeHash> path = new ArrayList<>();
    long start = 0;
    long end = size;
    while (end - start > 1) {
      long middle = start + largestPowerBelow(end - start);
      if (leaf < middle) {
        path.add(hash(middle, end));
        end = middle;
      } else {
        path.add(hash(start, middle));
        start = middle;
      }
    }
    return path.reversed();
  }

  /// What shows that the tree of `from` leaves is the beginning of that of `to` leaves (RFC 6962
  /// section 2.1.2).
  ///
  /// @param from not 0: of an empty tree there is nothing to show
  public List<TreeHash> consistencyProof(long from, long to) {
    checkWithin(from > 0 && from <= to && to <= size());
    List<TreeHash> proof = new ArrayList<>();
    long start = 0;
    long end = to;
    boolean isKnown = true;
    while (from != end) {
      long middle = start + largestPowerBelow(end - start);
      if (from <= middle) {
        proof.add(hash(middle, end));
        end = middle;
      } else {
        proof.add(hash(start, middle));
        start = middle;
        isKnown = false;
      }
    }
    if (!isKnown) {
      proof.add(hash(start, end));
    }
    return proof.reversed();
  }

  /// The hash over the leaves from `start` to before `end`; `start` is where a subtree begins.
  private TreeHash hash(long start, long end) {
    long leaves = end - start;
    if (Long.bitCount(leaves) == 1) {
      int level = Long.numberOfTrailingZeros(leaves);
      return levels.get(level).get((int) (start >> level));
    }
    long middle = start + largestPowerBelow(leaves);
    return TreeHash.node(hash(start, middle), hash(middle, end));
  }

  private static long largestPowerBelow(long count) {
    return Long.highestOneBit(count - 1);
  }

  private static void checkWithin(boolean holds) {
    if (!holds) {
      throw new IndexOutOfBoundsException("The tree does not reach that far");
    }
  }

  /// Hashes one after the other, without an object for each.
  private static final class Column {
    private static final int FIRST_CAPACITY = 16;

    private byte[] bytes = new byte[FIRST_CAPACITY * Sha256.BYTES];
    private int size;

    int size() {
      return size;
    }

    void add(TreeHash hash) {
      int offset = Math.multiplyExact(size, Sha256.BYTES);
      if (offset == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.multiplyExact(bytes.length, 2));
      }
      hash.copyTo(bytes, offset);
      size++;
    }

    TreeHash get(int index) {
      return TreeHash.trusted(bytes, index * Sha256.BYTES);
    }
  }
}
