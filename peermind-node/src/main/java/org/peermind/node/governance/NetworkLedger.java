// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.time.Instant;
import java.util.Optional;
import org.peermind.ledger.LedgerReader;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.voting.Governance;

/// The network's ledger as one node has it: written here, or followed. Safe for use by several
/// threads.
public interface NetworkLedger {
  /// What the network decided, after the last entry that this node has; empty while there is no
  /// ledger, or none of it came yet.
  Optional<Governance> governance();

  /// The entries; empty while there is no ledger.
  Optional<LedgerReader> reader();

  /// The ledger's time: this machine's, but never before the last entry.
  Instant now();

  /// Has the writer append a record, and waits for its word, bounded.
  Submitted submit(SignedEnvelope record) throws InterruptedException;

  /// `listener` is called after entries came, on the thread that took them in; it must not block.
  void onChange(Runnable listener);

  /// What became of a record.
  sealed interface Submitted {
    /// It is in the ledger for good.
    record Accepted(long index) implements Submitted {}

    /// The rules do not allow it.
    ///
    /// @param reason one sentence for its author
    record Refused(String reason) implements Submitted {}

    /// The writer did not answer: whether the record is there will show; it may be sent again.
    ///
    /// @param reason one sentence
    record Unknown(String reason) implements Submitted {}
  }
}
