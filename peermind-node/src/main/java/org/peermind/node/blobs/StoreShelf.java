// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import org.peermind.model.ModelStore;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;

/// Gives what the node's store has and the network knows.
public final class StoreShelf implements BlobShelf {
  private static final int OPEN_MAX = 4;

  private final ModelStore store;
  private final BiPredicate<NodeId, ModelHash> mayHave;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock; the models asked for last.
  private final Map<ModelHash, Blob> open =
      new LinkedHashMap<>(OPEN_MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ModelHash, Blob> eldest) {
          return size() > OPEN_MAX;
        }
      };

  /// @param mayHave whether this peer may have this model: the network adopted or proposed it, and
  ///   the peer is one of the network
  public StoreShelf(ModelStore store, BiPredicate<NodeId, ModelHash> mayHave) {
    this.store = store;
    this.mayHave = mayHave;
  }

  @Override
  public Optional<Blob> find(NodeId peer, ModelHash model) throws IOException {
    if (!mayHave.test(peer, model)) {
      return Optional.empty();
    }
    lock.lock();
    try {
      Blob known = open.get(model);
      if (known == null) {
        Optional<StoredModel> stored =
            store.list().stream().filter(other -> other.sha256().equals(model)).findFirst();
        if (stored.isEmpty()) {
          return Optional.empty();
        }
        known = new Blob(store.manifest(stored.get(), _ -> {}), stored.get().file());
        open.put(model, known);
      }
      if (!Files.exists(known.file())) {
        open.remove(model);
        return Optional.empty();
      }
      return Optional.of(known);
    } catch (ModelStoreException broken) {
      throw new IOException(broken.getMessage(), broken);
    } finally {
      lock.unlock();
    }
  }
}
