// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.io.IOException;

/// Answers requests, each on a virtual thread of its own.
@FunctionalInterface
public interface HttpHandler {
  /// @throws IOException when the client cannot be reached any more
  /// @throws InterruptedException when the server stops
  void handle(HttpExchange exchange) throws IOException, InterruptedException;
}
