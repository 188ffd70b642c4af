// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.IOException;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is logged of models that go from node to node.
final class BlobLog {
  private static final Logger LOG = LoggerFactory.getLogger("peermind.blobs");

  private BlobLog() {}

  static void listening(String address) {
    LOG.info("Giving models to other nodes at {}.", address);
  }

  static void connectionEnded(String reason) {
    LOG.debug("A connection for models ended: {}", reason);
  }

  static void notGiven(NodeId peer, ModelHash model, String reason) {
    LOG.info("Node {} was not given the model {}: {}", peer.shortText(), model.shortText(), reason);
  }

  static void damagedHere(ModelHash model, int chunk) {
    LOG.warn(
        "Chunk {} of the model {} is damaged on this disk and was not given to others; fetch the"
            + " model again.",
        chunk,
        model.shortText());
  }

  static void peerDropped(String sentence) {
    LOG.warn("{}", sentence);
  }

  static void diskFailed(IOException broken) {
    LOG.warn("A model cannot be read or written: {}", broken.getMessage());
  }

  static void failed(Throwable broken) {
    LOG.error("Giving or fetching a model failed because of a bug.", broken);
  }
}
