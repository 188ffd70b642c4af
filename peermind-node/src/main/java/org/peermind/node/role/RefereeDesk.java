// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import org.peermind.node.transport.PeerLink;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.wire.Up;

/// A further interest of a referee in the nodes that are attached, beside the assigning of
/// questions: the ledger, the adoption of models. Called on network threads, so nothing may block.
public interface RefereeDesk {
  /// @param record of the node, verified
  void onAttached(PeerLink link, NodeRecord record);

  /// A message of one of the kinds that desks share; each desk takes its own.
  ///
  /// @throws ProtocolException when it is malformed or forged; the node is detached with its
  ///   sentence
  void onMessage(PeerLink link, Up message) throws ProtocolException;

  void onDetached(NodeId node);
}
