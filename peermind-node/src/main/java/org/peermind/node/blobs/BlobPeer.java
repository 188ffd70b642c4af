// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import org.peermind.protocol.NodeId;

/// A node that may give models, and where it listens for it.
public record BlobPeer(NodeId node, String host, int port) {
  public BlobPeer {
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("An address has a host and a port from 1 to 65535");
    }
  }

  String address() {
    return host + ":" + port;
  }
}
