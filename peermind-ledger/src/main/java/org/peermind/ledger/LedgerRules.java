// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.List;
import java.util.Optional;

/// What may be written to the ledger. The rules follow from the entries before alone, so that
/// everybody who replays the ledger comes to the same answer. Called by one thread at a time.
public interface LedgerRules {
  /// Everything with a good signature is allowed.
  LedgerRules OPEN =
      new LedgerRules() {
        @Override
        public Optional<String> refusal(LedgerEntry next, List<LedgerEntry> ahead) {
          return Optional.empty();
        }

        @Override
        public void accepted(LedgerEntry entry) {}
      };

  /// Why `next` may not be written, in one sentence.
  ///
  /// @param ahead entries that will be written before it and were not told to [#accepted] yet
  Optional<String> refusal(LedgerEntry next, List<LedgerEntry> ahead);

  /// The entry is in the ledger; told in order, also for those of earlier when it is opened.
  void accepted(LedgerEntry entry);
}
