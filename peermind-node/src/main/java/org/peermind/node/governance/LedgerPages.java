// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.LedgerReader;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.api.OwnerPage.Refused;
import org.peermind.node.api.OwnerPage.Reply;
import org.peermind.node.api.OwnerPage.Request;

/// The ledger over HTTP, for whoever wants to verify it without the node's files:
/// `ledger/checkpoint` is the signed note, `ledger/entries?from=&count=` the leaves,
/// `ledger/proof?index=&size=` or `?from=&to=` what `peermind ledger check` takes.
public final class LedgerPages {
  private static final int ENTRIES_MAX = 256;
  private static final int ENTRIES_BYTES_MAX = 1 << 20;

  private final NetworkLedger ledger;

  public LedgerPages(NetworkLedger ledger) {
    this.ledger = ledger;
  }

  /// The pages that only read.
  public List<OwnerPage> pages() {
    return List.of(
        new OwnerPage(
            "GET", "ledger/checkpoint", _ -> Reply.text(reader().checkpoint().toString())),
        new OwnerPage("GET", "ledger/entries", this::entries),
        new OwnerPage("GET", "ledger/proof", this::proof));
  }

  private LedgerReader reader() throws Refused {
    return ledger
        .reader()
        .filter(reader -> reader.size() > 0)
        .orElseThrow(
            () -> new Refused(404, "no_ledger", "This node has no ledger of its network yet."));
  }

  /// Each entry with `contents` in base64, the leaf whose hash is in the tree.
  private Reply entries(Request request) throws Refused {
    LedgerReader reader = reader();
    long size = reader.size();
    long from = request.number("from", 0, size).orElse(0);
    long until = Math.min(size, from + request.number("count", 1, ENTRIES_MAX).orElse(ENTRIES_MAX));
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("size", size);
    ArrayNode entries = document.putArray("entries");
    int bytes = 0;
    try {
      for (long index = from; index < until && bytes < ENTRIES_BYTES_MAX; index++) {
        LedgerEntry entry = reader.entry(index);
        byte[] contents = entry.contents();
        bytes += contents.length;
        entries.add(LedgerDocuments.entry(entry).put("contents", LedgerDocuments.base64(contents)));
      }
    } catch (IOException | LedgerException unreadable) {
      throw new Refused(
          500,
          "ledger_damaged",
          "The ledger's files cannot be read (%s); run `peermind ledger verify`."
              .formatted(unreadable.getMessage()));
    }
    return Reply.json(document);
  }

  private Reply proof(Request request) throws Refused {
    LedgerReader reader = reader();
    long size = reader.size();
    OptionalLong index = request.number("index", 0, size - 1);
    if (index.isPresent()) {
      long of = request.number("size", index.getAsLong() + 1, size).orElse(size);
      return Reply.json(LedgerDocuments.inclusion(reader, index.getAsLong(), of));
    }
    OptionalLong from = request.number("from", 1, size);
    if (from.isEmpty()) {
      throw new Refused(400, "missing_parameter", "Say either index (and size), or from (and to).");
    }
    long to = request.number("to", from.getAsLong(), size).orElse(size);
    return Reply.json(LedgerDocuments.consistency(reader, from.getAsLong(), to));
  }
}
