// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;

/// A referee's open door.
public interface PeerListener extends AutoCloseable {
  /// The TCP port that is bound.
  int port();

  /// How many nodes are attached now.
  int attachedPeers();

  /// Tells every attached node that this referee is about to stop, and to come back at a random
  /// moment within `spread`, so that they do not all come at once.
  void drain(Duration spread);

  /// Ends all attachments and frees the port. [PeerHandler#onDetached] is called meanwhile, so no
  /// lock of the handler may be held here.
  @Override
  void close();
}
