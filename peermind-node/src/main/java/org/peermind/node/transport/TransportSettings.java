// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;

/// The bounds of a transport.
///
/// @param queueBytesMax bytes that may wait for one slow reader
/// @param queueMessagesMax messages that may wait for one slow reader
/// @param attachedPeersMax nodes that a listener admits
/// @param streamsPerPeerMax streams that one node may have open at a listener, attached or not
/// @param connectionsPerSecondMax new connections that a listener accepts in the long run
/// @param connectionBurstMax new connections that a listener accepts at once
/// @param silenceMax after so long without any message the other side counts as gone; heartbeats
///   are sent more than twice as often. At least 3 s, in whole seconds
/// @param handshakeMax from the first packet to the attachment
public record TransportSettings(
    int queueBytesMax,
    int queueMessagesMax,
    int attachedPeersMax,
    int streamsPerPeerMax,
    int connectionsPerSecondMax,
    int connectionBurstMax,
    Duration silenceMax,
    Duration handshakeMax) {
  /// Largest encoded message in either direction.
  public static final int MESSAGE_BYTES_MAX = 64 * 1024;

  public TransportSettings {
    if (queueBytesMax < MESSAGE_BYTES_MAX || queueMessagesMax < 1) {
      throw new IllegalArgumentException("a queue holds at least one message of the largest size");
    }
    if (attachedPeersMax < 1 || streamsPerPeerMax < 1) {
      throw new IllegalArgumentException("a listener admits at least one peer with one stream");
    }
    if (connectionsPerSecondMax < 1 || connectionBurstMax < 1) {
      throw new IllegalArgumentException("a listener accepts at least one connection");
    }
    if (silenceMax.toSeconds() < 3 || handshakeMax.toSeconds() < 1) {
      throw new IllegalArgumentException("silence lasts at least 3 s and a handshake 1 s");
    }
  }

  /// What a node uses: 256 KiB or 1,024 messages waiting, 10,000 peers of 4 streams, 50 connections
  /// a second after a burst of 100, 5 s of silence, 10 s of handshake.
  public static TransportSettings defaults() {
    return new TransportSettings(
        256 * 1024, 1_024, 10_000, 4, 50, 100, Duration.ofSeconds(5), Duration.ofSeconds(10));
  }

  /// The same with other limits on attached peers and streams of each.
  public TransportSettings withPeers(int attachedMax, int streamsPerPeer) {
    return new TransportSettings(
        queueBytesMax,
        queueMessagesMax,
        attachedMax,
        streamsPerPeer,
        connectionsPerSecondMax,
        connectionBurstMax,
        silenceMax,
        handshakeMax);
  }
}
