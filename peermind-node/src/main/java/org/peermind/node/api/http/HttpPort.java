// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

/// A listening HTTP server.
public interface HttpPort extends AutoCloseable {
  /// The TCP port that it listens on.
  int port();

  /// Stops listening, waits for running exchanges as long as its settings say, then cuts them.
  @Override
  void close();
}
