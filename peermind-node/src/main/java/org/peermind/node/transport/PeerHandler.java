// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.Up;

/// What a referee does about the nodes that attach to it.
///
/// Calls about one link come one after another; calls about different links may come at the same
/// time, on network threads, so they must not block. No call is made from inside [PeerLink#send] or
/// [PeerLink#close], so an implementation may hold a lock around both.
public interface PeerHandler {
  /// Decides whether a node may attach. TLS has proved that it is `peer`; everything in `hello` is
  /// still to be checked.
  Admission onHello(NodeId peer, Hello hello);

  /// The node has acknowledged its attachment: from now on it may be sent messages. An older link
  /// of the same node was detached before.
  void onAttached(PeerLink link);

  /// A message of an attached node; never a hello, an acknowledgement or a heartbeat.
  void onMessage(PeerLink link, Up message);

  /// The link is gone for good. Called once for every [#onAttached].
  ///
  /// @param reason one sentence for the log
  void onDetached(PeerLink link, String reason);
}
