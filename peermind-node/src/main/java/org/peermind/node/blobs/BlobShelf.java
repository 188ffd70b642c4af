// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.peermind.model.blob.BlobManifest;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;

/// The models that this node gives to others.
@FunctionalInterface
public interface BlobShelf {
  /// The model, if it is here and this peer may have it.
  ///
  /// @throws IOException when it cannot be given just now
  Optional<Blob> find(NodeId peer, ModelHash model) throws IOException;

  /// A model that is given.
  record Blob(BlobManifest manifest, Path file) {}
}
