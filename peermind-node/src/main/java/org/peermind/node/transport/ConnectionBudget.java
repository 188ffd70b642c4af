// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

/// How many new connections a listener still takes: a token bucket that ticks fill. A TLS handshake
/// costs 10-15 ms of CPU, a thousand times a message, so a reconnect storm is turned away before it
/// (facts: network, section 2.2).
final class ConnectionBudget {
  private final int perSecond;
  private final int burst;
  private final int openMax;
  private int tokens;
  private int open;
  private int refused;

  ConnectionBudget(TransportSettings settings) {
    this.perSecond = settings.connectionsPerSecondMax();
    this.burst = settings.connectionBurstMax();
    this.openMax = settings.attachedPeersMax() + burst;
    this.tokens = burst;
  }

  /// Whether one more connection may go on; if so, [#closed] must follow some day.
  synchronized boolean admit() {
    if (tokens == 0 || open >= openMax) {
      refused++;
      return false;
    }
    tokens--;
    open++;
    return true;
  }

  synchronized void closed() {
    open--;
  }

  /// To be called once a second.
  ///
  /// @return connections refused since the last call
  synchronized int refill() {
    tokens = Math.min(burst, tokens + perSecond);
    int count = refused;
    refused = 0;
    return count;
  }
}
