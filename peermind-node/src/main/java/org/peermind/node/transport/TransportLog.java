// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import org.peermind.protocol.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the transport tells the log. Messages are never logged, only who and why.
final class TransportLog {
  private static final Logger LOG = LoggerFactory.getLogger("peermind.transport");

  private TransportLog() {}

  static void listening(String address, String tls) {
    LOG.info("Listening for nodes at {} ({}).", address, tls);
  }

  static void peerAttached(NodeId peer) {
    LOG.info("Node {} attached.", peer.shortText());
  }

  static void peerDetached(NodeId peer, String reason) {
    LOG.info("Node {} detached: {}", peer.shortText(), reason);
  }

  static void peerRefused(NodeId peer, String reason) {
    LOG.info("Node {} was refused: {}", peer.shortText(), reason);
  }

  static void strangerRefused(String reason) {
    LOG.debug("A connection was refused: {}", reason);
  }

  static void connectionsRefused(int count) {
    LOG.warn("{} connections were closed unread because too many came at once.", count);
  }

  static void refereeAttached(String address) {
    LOG.info("Attached to the referee at {}.", address);
  }

  static void refereeLost(String reason) {
    LOG.info("Not attached: {}", reason);
  }

  static void handlerFailed(Throwable broken) {
    LOG.error("A message could not be handled because of a bug.", broken);
  }

  static void taskFailed(Throwable broken) {
    LOG.error("A scheduled task failed because of a bug.", broken);
  }

  static void writeFailed(Throwable broken) {
    LOG.error("A stream was dropped because writing to it failed.", broken);
  }
}
