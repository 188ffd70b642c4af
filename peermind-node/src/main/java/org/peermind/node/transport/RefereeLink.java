// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.util.Optional;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Up;

/// A node's own attachment to one referee, kept up for as long as it is not closed. Safe for use by
/// several threads.
public interface RefereeLink extends AutoCloseable {
  /// The identity that is expected at the other end.
  NodeId referee();

  LinkState state();

  /// Why the last try or the last attachment ended, one sentence; empty while all is well.
  Optional<String> lastFailure();

  /// Queues a message without ever blocking.
  ///
  /// @return false when the link is not attached, the message is larger than
  ///   [TransportSettings#MESSAGE_BYTES_MAX], or the queue is full; the message is then dropped
  boolean send(Up message);

  /// Detaches and stops trying.
  @Override
  void close();
}
