// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BiFunction;

/// What a port needs to know.
///
/// @param address where to listen; port 0 takes a free one
/// @param bodyBytesMax most bytes of a request body
/// @param connectionsMax most open connections; more wait in the listen queue
/// @param readDeadline from the first byte of a request to the last of its body
/// @param idleTimeout how long a connection may wait for its next request
/// @param writeDeadline how long a client may leave one write unread
/// @param drainGrace how long a closing port lets running exchanges go on
/// @param errorBody makes the body of an answer to a request that cannot be understood, from the
///   status and a sentence; its content type is JSON
public record HttpPortSettings(
    InetSocketAddress address,
    int bodyBytesMax,
    int connectionsMax,
    Duration readDeadline,
    Duration idleTimeout,
    Duration writeDeadline,
    Duration drainGrace,
    BiFunction<Integer, String, byte[]> errorBody) {

  public HttpPortSettings {
    if (bodyBytesMax < 1 || connectionsMax < 1) {
      throw new IllegalArgumentException("a port allows at least one connection and one byte");
    }
  }
}
