// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.io.IOException;
import org.peermind.protocol.NodeId;

/// How one node reaches others. It speaks with the identity of its node and authenticates whoever
/// is at the other end before any message is handled (design section 4).
public interface Transport extends AutoCloseable {
  /// Begins to accept nodes at `host:port` for a referee.
  ///
  /// @param port 0 picks a free one; [PeerListener#port()] names it
  /// @throws IOException with one sentence when the address cannot be bound
  PeerListener listen(String host, int port, PeerHandler handler) throws IOException;

  /// Begins to keep an attachment to the referee that is known to have the identity `referee`; any
  /// other node at that address is refused. Returns at once; what happens is told to `handler`.
  RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler);

  /// Ends all listeners and links and frees threads and ports. Their handlers are told meanwhile.
  @Override
  void close();
}
