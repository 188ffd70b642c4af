// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerAudit;
import org.peermind.ledger.LedgerException;
import org.peermind.node.config.NodeHome;
import org.peermind.node.governance.VoteRecount;
import org.peermind.node.role.ServedModelFile;
import org.peermind.protocol.ModelHash;
import org.peermind.voting.Governance;

/// Which models a node must not delete: the one that it changed to with its network, the network's
/// model and those before it, to which it may have to go back, and what is being decided.
final class KeptModels {
  private KeptModels() {}

  /// @throws CommandFailed when the node has a ledger that cannot be read, since then nobody knows
  ///   what is needed
  static Set<ModelHash> of(NodeHome home, Instant now) throws CommandFailed {
    Set<ModelHash> kept = new HashSet<>();
    new ServedModelFile(home).load().ifPresent(served -> kept.add(served.files().sha256()));
    for (String name : new String[] {"own", "copy"}) {
      Path directory = home.ledgerDirectory().resolve(name);
      if (Files.exists(directory.resolve("checkpoint"))) {
        read(directory).ifPresent(governance -> kept.addAll(governance.neededModels(now)));
      }
    }
    return kept;
  }

  private static Optional<Governance> read(Path directory) throws CommandFailed {
    VoteRecount recount = new VoteRecount();
    try {
      LedgerAudit.of(DiskStorage.forReading(directory), Optional.empty(), recount::take);
    } catch (LedgerException | IOException unreadable) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "The ledger in %s cannot be read (%s), so nobody knows which models are needed; nothing was deleted."
              .formatted(directory, unreadable.getMessage()),
          unreadable);
    }
    return recount.governance();
  }
}
