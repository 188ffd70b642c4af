// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.List;

/// That a log said two things: two checkpoints of one size with different roots, both signed by its
/// key. Whoever has the key can check it, offline.
///
/// @param first one signed checkpoint
/// @param second the other
public record ConflictingHeads(SignedNote first, SignedNote second) {
  /// Checks that it is proven.
  ///
  /// @param key the log's
  /// @throws LedgerException when it is not, saying why
  public void verify(NoteKey key) throws LedgerException {
    first.verify(List.of(key));
    second.verify(List.of(key));
    Checkpoint one = Checkpoint.parse(first.text());
    Checkpoint other = Checkpoint.parse(second.text());
    if (!one.origin().equals(other.origin())) {
      throw new LedgerException("the checkpoints are of two logs");
    }
    if (one.size() != other.size()) {
      throw new LedgerException("the checkpoints are of two sizes: a consistency proof decides");
    }
    if (one.root().equals(other.root())) {
      throw new LedgerException("the checkpoints agree");
    }
  }
}
