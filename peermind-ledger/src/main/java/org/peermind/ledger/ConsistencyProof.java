// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// That a tree is the beginning of a larger one, so that nothing in it was changed or taken away
/// (RFC 9162 section 2.1.4.2).
///
/// @param from size of the smaller tree, in leaves
/// @param to size of the larger
/// @param path empty when both are equal
public record ConsistencyProof(long from, long to, List<TreeHash> path) {
  public ConsistencyProof {
    path = List.copyOf(path);
  }

  /// Checks that the tree with `toRoot` goes on from the one with `fromRoot`.
  ///
  /// @throws LedgerException when it is not shown, saying why. From an empty tree nothing can be
  ///   shown: every tree begins with it, so that such a proof would say nothing about its roots.
  public void verify(TreeHash fromRoot, TreeHash toRoot) throws LedgerException {
    if (from <= 0) {
      throw new LedgerException("nothing can be shown from a tree of " + from + " leaves");
    }
    if (to < from) {
      throw new LedgerException(
          "a tree of %d leaves cannot go on from one of %d".formatted(to, from));
    }
    if (from == to) {
      if (!path.isEmpty()) {
        throw new LedgerException("between trees of one size there is nothing to show");
      }
      if (!fromRoot.equals(toRoot)) {
        throw new LedgerException("two trees of " + from + " leaves have different roots");
      }
      return;
    }
    if (path.isEmpty() || path.size() > 2 * InclusionProof.PATH_MAX) {
      throw new LedgerException("the path has a wrong length");
    }
    Deque<TreeHash> rest = new ArrayDeque<>(path);
    if (Long.bitCount(from) == 1) {
      rest.addFirst(fromRoot); // a complete subtree: its root is left out of the path
    }
    long node = from - 1;
    long last = to - 1;
    while (node % 2 == 1) {
      node /= 2;
      last /= 2;
    }
    TreeHash smaller = rest.removeFirst();
    TreeHash larger = smaller;
    while (!rest.isEmpty()) {
      if (last == 0) {
        throw new LedgerException("the path is too long for these sizes");
      }
      TreeHash hash = rest.removeFirst();
      if (node % 2 == 1 || node == last) {
        smaller = TreeHash.node(hash, smaller);
        larger = TreeHash.node(hash, larger);
        while (node % 2 == 0 && node != 0) {
          node /= 2;
          last /= 2;
        }
      } else {
        larger = TreeHash.node(larger, hash);
      }
      node /= 2;
      last /= 2;
    }
    if (last != 0) {
      throw new LedgerException("the path is too short for these sizes");
    }
    if (!smaller.equals(fromRoot)) {
      throw new LedgerException("the path leads to another root of the smaller tree");
    }
    if (!larger.equals(toRoot)) {
      throw new LedgerException("the path leads to another root of the larger tree");
    }
  }
}
