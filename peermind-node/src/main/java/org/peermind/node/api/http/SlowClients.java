// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Cuts the connections whose clients keep us waiting: slow headers, slow bodies, answers nobody
/// reads. A timeout of each read would not do, because a client that drips a byte now and then
/// never meets it. While there are no connections nothing wakes up.
final class SlowClients implements AutoCloseable {
  private static final long CHECK_MILLIS = 250;

  private final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean checkDue = new AtomicBoolean();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("api-slow-clients").factory());

  void add(ClientConnection connection) {
    connections.add(connection);
    checkLater();
  }

  void remove(ClientConnection connection) {
    connections.remove(connection);
  }

  private void checkLater() {
    if (checkDue.compareAndSet(false, true)) {
      try {
        var _ = timer.schedule(this::check, CHECK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException closed) {
        // The server stops and cuts every connection.
      }
    }
  }

  private void check() {
    checkDue.set(false);
    long now = System.nanoTime();
    connections.forEach(connection -> connection.cutIfLate(now));
    if (!connections.isEmpty()) {
      checkLater();
    }
  }

  /// Cuts all that are left.
  @Override
  public void close() {
    timer.shutdownNow();
    connections.forEach(ClientConnection::cut);
  }
}
