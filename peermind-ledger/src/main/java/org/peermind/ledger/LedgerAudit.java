// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/// A ledger's files, recomputed from the first byte by somebody who trusts none of them: form,
/// checksums, root, the checkpoint's signatures and that of each record.
///
/// @param key who signed; compare it with one that you have from elsewhere
/// @param checkpoint the signed head
/// @param at when the head was signed
/// @param reader what the checkpoint covers
/// @param beyond whole entries that no checkpoint covers yet
/// @param isTorn whether the files end within an entry that no checkpoint covers
public record LedgerAudit(
    NoteKey key,
    Checkpoint checkpoint,
    Instant at,
    LedgerReader reader,
    long beyond,
    boolean isTorn) {
  /// Recomputes everything.
  ///
  /// @param expected the key that must have signed, when it is known
  /// @param entries hears each entry that the checkpoint covers, before the root was compared
  /// @throws LedgerException at the first thing that is wrong, naming file and entry
  public static LedgerAudit of(
      LogStorage storage, Optional<NoteKey> expected, Consumer<LedgerEntry> entries)
      throws IOException, LedgerException {
    StoredLog log =
        StoredLog.read(
            storage,
            (entry, isCovered) -> {
              entry.verifySignature();
              if (isCovered) {
                entries.accept(entry);
              }
            });
    if (expected.isPresent() && !expected.get().equals(log.key())) {
      throw new LedgerException("%s: it is not the key that was named".formatted(LogFormat.KEY));
    }
    long size = log.checkpoint().size();
    return new LedgerAudit(
        log.key(),
        log.checkpoint(),
        log.note().time(LogFormat.witness(log.key())).orElseThrow(),
        new LedgerReader(storage, log.tree(), log.positions(), log.note(), size),
        log.tree().size() - size,
        log.torn().isPresent());
  }
}
