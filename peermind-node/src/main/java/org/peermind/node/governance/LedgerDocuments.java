// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.List;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.LedgerReader;
import org.peermind.ledger.TreeHash;

/// Entries and proofs as JSON, the same on the command line and in the API.
public final class LedgerDocuments {
  private LedgerDocuments() {}

  /// One entry: `index`, `time`, `type`, `author` and `payload`.
  public static ObjectNode entry(LedgerEntry entry) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("index", entry.index())
        .put("time", entry.witnessedAt().toString())
        .put("type", entry.type())
        .put("author", entry.record().signer().toString())
        .put("payload", base64(entry.record().wire().getPayload().toByteArray()));
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /// That an entry is in the ledger, as `peermind ledger check` takes it.
  ///
  /// @param treeSize at most the reader's
  public static ObjectNode inclusion(LedgerReader reader, long index, long treeSize) {
    ObjectNode proof =
        JsonNodeFactory.instance
            .objectNode()
            .put("leafIndex", index)
            .put("treeSize", treeSize)
            .put("root", reader.root(treeSize).base64())
            .put("leafHash", reader.leafHash(index).base64());
    path(proof, reader.inclusion(index, treeSize).path());
    return proof;
  }

  /// That the ledger only grew, as `peermind ledger check` takes it.
  ///
  /// @param from from 1
  /// @param to at most the reader's size
  public static ObjectNode consistency(LedgerReader reader, long from, long to) {
    ObjectNode proof =
        JsonNodeFactory.instance
            .objectNode()
            .put("size1", from)
            .put("size2", to)
            .put("root1", reader.root(from).base64())
            .put("root2", reader.root(to).base64());
    path(proof, reader.consistency(from, to).path());
    return proof;
  }

  private static void path(ObjectNode proof, List<TreeHash> path) {
    ArrayNode hashes = proof.putArray("proof");
    path.forEach(hash -> hashes.add(hash.base64()));
  }
}
