// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.Proposal;

/// How this node would serve a model: its name for users, and a context that its owner allows.
public interface ServableModels {
  /// @param candidate what the ledger says of it, if it was ever proposed
  /// @throws IOException with one sentence when the file is no acceptable model
  ServedModel served(Path file, ModelHash model, Optional<Proposal.Candidate> candidate)
      throws IOException;
}
