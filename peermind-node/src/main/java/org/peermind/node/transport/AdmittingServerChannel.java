// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Accepts connections within a budget and drops the others before they cost a TLS handshake. Also
/// knows the accepted ones by their remote address, because gRPC gives no way to end a connection
/// whose node has stopped reading.
final class AdmittingServerChannel extends NioServerSocketChannel {
  private final ConnectionBudget budget;
  private final OpenConnections connections;

  AdmittingServerChannel(ConnectionBudget budget, OpenConnections connections) {
    this.budget = budget;
    this.connections = connections;
  }

  /// The connections of one listener.
  static final class OpenConnections {
    private final Map<SocketAddress, Channel> byRemoteAddress = new ConcurrentHashMap<>();

    private void add(Channel connection, ConnectionBudget budget) {
      SocketAddress remote = connection.remoteAddress();
      if (remote != null) {
        byRemoteAddress.put(remote, connection);
      }
      var _ =
          connection
              .closeFuture()
              .addListener(
                  _ -> {
                    budget.closed();
                    if (remote != null) {
                      byRemoteAddress.remove(remote, connection);
                    }
                  });
    }

    /// Ends the connection at once, whatever waits in it.
    void abort(SocketAddress remote) {
      Channel connection = byRemoteAddress.get(remote);
      if (connection == null) {
        return;
      }
      // A plain close would first wait for gRPC's streams, and so for the reader that does not
      // read;
      // from the first handler on there is only the socket.
      ChannelHandlerContext first = connection.pipeline().firstContext();
      var _ = first == null ? connection.close() : first.close();
    }

    int count() {
      return byRemoteAddress.size();
    }
  }

  @Override
  protected int doReadMessages(List<Object> accepted) throws Exception {
    int count = super.doReadMessages(accepted);
    if (count <= 0) {
      return count;
    }
    Channel connection = (Channel) accepted.getLast();
    if (!budget.admit()) {
      accepted.removeLast();
      connection.unsafe().closeForcibly();
      return 0;
    }
    connections.add(connection, budget);
    return count;
  }
}
