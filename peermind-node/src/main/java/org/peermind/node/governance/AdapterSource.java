// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.nio.file.Path;
import java.util.Optional;
import org.peermind.protocol.governance.Digest;

/// The adapters that this node has; those that the ledger names are fetched elsewhere.
@FunctionalInterface
public interface AdapterSource {
  /// The file of an adapter, verified when it was fetched; empty while it is not here. Answers at
  /// once.
  Optional<Path> find(Digest adapter);
}
