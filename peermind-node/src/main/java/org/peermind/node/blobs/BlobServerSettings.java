// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.time.Duration;

/// Bounds of a [BlobServer].
///
/// @param connectionsMax open connections of all peers; more are closed unread
/// @param connectionsPerPeerMax open connections of one peer
/// @param handshakeMax from the first packet to the end of the handshake
/// @param idleMax without a question for so long a connection is closed
/// @param sliceMax a peer that takes longer to accept 64 KiB is cut off
public record BlobServerSettings(
    int connectionsMax,
    int connectionsPerPeerMax,
    Duration handshakeMax,
    Duration idleMax,
    Duration sliceMax) {
  public BlobServerSettings {
    if (connectionsMax < 1 || connectionsPerPeerMax < 1) {
      throw new IllegalArgumentException("A server has at least one connection");
    }
    if (!handshakeMax.isPositive() || !idleMax.isPositive() || !sliceMax.isPositive()) {
      throw new IllegalArgumentException("Limits of time are positive");
    }
  }

  /// 16 connections, 2 of one peer; 10 s of handshake, 30 s of silence.
  public static BlobServerSettings defaults() {
    return new BlobServerSettings(
        16, 2, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30));
  }
}
