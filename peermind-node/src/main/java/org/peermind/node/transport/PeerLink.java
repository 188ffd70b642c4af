// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Down;

/// One attached node, seen from its referee. Safe for use by several threads.
public interface PeerLink {
  /// Who is at the other end; proved by TLS.
  NodeId id();

  /// Queues a message without ever blocking.
  ///
  /// @return false when the link is closed, the message is larger than
  ///   [TransportSettings#MESSAGE_BYTES_MAX], or the node reads so slowly that the queue is full;
  ///   the message is then dropped
  boolean send(Down message);

  /// Ends the attachment after what is queued; [PeerHandler#onDetached] follows.
  ///
  /// @param reason one sentence that the node is told
  void close(String reason);
}
