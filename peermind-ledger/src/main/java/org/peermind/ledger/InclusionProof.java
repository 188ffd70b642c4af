// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.Iterator;
import java.util.List;

/// That a leaf is in a tree (RFC 9162 section 2.1.3.2).
///
/// @param leaf its index, from 0
/// @param size of the tree, in leaves
/// @param path from the leaf upwards
public record InclusionProof(long leaf, long size, List<TreeHash> path) {
  /// No tree has a longer path: its size would not be a positive `long`.
  static final int PATH_MAX = 63;

  public InclusionProof {
    path = List.copyOf(path);
  }

  /// Checks that `leafHash` is at its index below `root`.
  ///
  /// @throws LedgerException when it is not shown, saying why
  public void verify(TreeHash leafHash, TreeHash root) throws LedgerException {
    if (size <= 0) {
      throw new LedgerException("a tree of " + size + " leaves includes nothing");
    }
    if (leaf < 0 || leaf >= size) {
      throw new LedgerException("a tree of " + size + " leaves has no leaf with the index " + leaf);
    }
    long node = leaf;
    long last = size - 1;
    TreeHash hash = leafHash;
    Iterator<TreeHash> rest = path.iterator();
    while (last > 0) {
      boolean isRight = node % 2 == 1;
      if (isRight || node != last) {
        if (!rest.hasNext()) {
          throw new LedgerException("the path is too short for a tree of " + size + " leaves");
        }
        TreeHash sibling = rest.next();
        hash = isRight ? TreeHash.node(sibling, hash) : TreeHash.node(hash, sibling);
      }
      node /= 2;
      last /= 2;
    }
    if (rest.hasNext()) {
      throw new LedgerException("the path is too long for a tree of " + size + " leaves");
    }
    if (!hash.equals(root)) {
      throw new LedgerException("the path leads to another root");
    }
  }
}
