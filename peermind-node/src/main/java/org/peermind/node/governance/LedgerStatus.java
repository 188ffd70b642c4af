// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.LedgerReader;
import org.peermind.voting.Governance;

/// The `ledger` object of the node's status.
public final class LedgerStatus {
  private LedgerStatus() {}

  /// Fills in what the node has of the ledger, and what is wrong with it.
  public static void fill(ObjectNode object, NodeLedger ledger) {
    Optional<LedgerReader> reader = ledger.reader();
    object
        .put("size", reader.map(LedgerReader::size).orElse(0L))
        .put("written_here", ledger.isWriter());
    ledger.governance().ifPresent(known -> fill(object, known));
    reader.flatMap(LedgerStatus::begun).ifPresent(since -> object.put("since", since.toString()));
    ledger.trouble().ifPresent(trouble -> object.put("trouble", trouble));
  }

  private static void fill(ObjectNode object, Governance known) {
    object
        .put("genesis", known.genesis().hex())
        .put("writer", known.writer().toString())
        .put("writer_short", known.writer().shortText())
        .put("last_entry", known.last().toString())
        .put("voters", known.roll().voters(known.last()).size());
    known.incumbent().ifPresent(model -> object.put("incumbent", model.hex()));
  }

  /// Unreadable files are told by the commands that read them; the status leaves it out.
  private static Optional<Instant> begun(LedgerReader reader) {
    try {
      return reader.size() == 0 ? Optional.empty() : Optional.of(reader.entry(0).witnessedAt());
    } catch (IOException | LedgerException _) {
      return Optional.empty();
    }
  }
}
