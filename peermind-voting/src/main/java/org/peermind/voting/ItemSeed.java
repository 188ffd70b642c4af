// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.peermind.protocol.governance.Digest;

/// Which items a candidate is asked: drawn by a seed that its proposer does not know when it
/// proposes, so that nobody can train on them (PMV-1, evaluation).
public final class ItemSeed {
  private ItemSeed() {}

  /// `SHA-256(ledger || proposal || beacon)`.
  ///
  /// @param ledger digest of the ledger when the evaluation begins, see [Governance#digest]
  /// @param beacon digest of the sponsors
  public static Digest of(Digest ledger, Digest proposal, Digest beacon) {
    return Digest.over(ledger.toBytes(), proposal.toBytes(), beacon.toBytes());
  }

  /// Positions in a pool, different ones, in rising order.
  public static List<Integer> items(Digest seed, int pool, int count) {
    if (count < 0 || count > pool) {
      throw new IllegalArgumentException("There are not that many items");
    }
    TreeSet<Integer> chosen = new TreeSet<>();
    DigestStream stream = new DigestStream(seed);
    while (chosen.size() < count) {
      chosen.add(stream.below(pool));
    }
    return new ArrayList<>(chosen);
  }
}
