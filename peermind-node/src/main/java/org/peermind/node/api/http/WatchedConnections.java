// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/// Puts a [ClientConnection] between Helidon's HTTP/1.1 connection and its socket.
final class WatchedConnections implements ServerConnectionSelector {
  private final ServerConnectionSelector http1;
  private final HttpPortSettings settings;
  private final SlowClients slowClients;

  WatchedConnections(
      ServerConnectionSelector http1, HttpPortSettings settings, SlowClients slowClients) {
    this.http1 = http1;
    this.settings = settings;
    this.slowClients = slowClients;
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http1.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http1.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http1.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    ClientConnection client = new ClientConnection(context.serverSocket(), settings);
    ServerConnection connection = http1.connection(new WatchedContext(context, client));
    client.closesBy(() -> connection.close(false));
    return new Watched(connection, client, slowClients);
  }

  /// Binds the client connection to the thread that serves it, for [ClientConnection#current].
  private record Watched(ServerConnection http1, ClientConnection client, SlowClients slowClients)
      implements ServerConnection, InterruptableTask<Void> {

    @Override
    public void handle(Limit limit) throws InterruptedException {
      slowClients.add(client);
      try {
        ScopedValue.CallableOp<Void, InterruptedException> serve =
            () -> {
              http1.handle(limit);
              return null;
            };
        client.asCurrent().call(serve);
      } finally {
        client.linger();
        slowClients.remove(client);
      }
    }

    @Override
    public Duration idleTime() {
      return http1.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      http1.close(interrupt);
    }

    @Override
    public boolean canInterrupt() {
      return http1 instanceof InterruptableTask<?> task && task.canInterrupt();
    }

    @Override
    public void run() {
      throw new UnsupportedOperationException("a connection is served by handle");
    }
  }
}
