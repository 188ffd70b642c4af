// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Cuts the connections whose clients keep us waiting: slow headers, slow bodies, answers nobody
/// reads. A timeout of each read would not do, because a client that drips a byte now and then
/// never meets it.
final class SlowClients implements AutoCloseable {
  private static final long CHECK_MILLIS = 100;

  private final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("api-slow-clients").factory());

  SlowClients() {
    var _ =
        timer.scheduleWithFixedDelay(
            this::cutLate, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
  }

  void add(ClientConnection connection) {
    connections.add(connection);
  }

  void remove(ClientConnection connection) {
    connections.remove(connection);
  }

  private void cutLate() {
    long now = System.nanoTime();
    connections.forEach(connection -> connection.cutIfLate(now));
  }

  /// Cuts all that are left.
  @Override
  public void close() {
    timer.shutdownNow();
    connections.forEach(ClientConnection::cut);
  }
}
