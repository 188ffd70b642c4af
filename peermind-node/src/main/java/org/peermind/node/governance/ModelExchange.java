// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.peermind.model.ModelStoreException;
import org.peermind.node.blobs.FetchNotice;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Proposal;

/// The node's store of models and the peers that give them.
public interface ModelExchange {
  /// The file of a model that the store has.
  Optional<Path> find(ModelHash model);

  /// Fetches a proposed model from peers and checks it strictly: hash, chunk root, length, GGUF.
  /// Returns its file at once where the store has it. Blocks.
  ///
  /// @throws ModelStoreException with one sentence; what came stays for the next try
  Path fetch(Proposal.Candidate candidate, Consumer<FetchNotice> notices)
      throws ModelStoreException, InterruptedException;
}
