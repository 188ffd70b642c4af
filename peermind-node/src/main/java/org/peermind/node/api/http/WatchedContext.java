// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import java.util.concurrent.ExecutorService;

/// Helidon's view of a connection, with reads and writes that the [ClientConnection] sees.
final class WatchedContext implements ConnectionContext {
  private final ConnectionContext context;
  private final DataReader reader;
  private final DataWriter writer;

  WatchedContext(ConnectionContext context, ClientConnection client) {
    this.context = context;
    this.reader = DataReader.create(client::read);
    this.writer = new WatchedWriter(context.dataWriter(), client);
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public ListenerContext listenerContext() {
    return context.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return context.executor();
  }

  @Override
  public Router router() {
    return context.router();
  }

  @Override
  public HelidonSocket serverSocket() {
    return context.serverSocket();
  }

  @Override
  public PeerInfo remotePeer() {
    return context.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return context.localPeer();
  }

  @Override
  public boolean isSecure() {
    return context.isSecure();
  }

  @Override
  public String socketId() {
    return context.socketId();
  }

  @Override
  public String childSocketId() {
    return context.childSocketId();
  }

  /// Starts the write deadline before each write and stops it after.
  private record WatchedWriter(DataWriter writer, ClientConnection client) implements DataWriter {
    @Override
    public void write(BufferData... buffers) {
      within(() -> writer.write(buffers));
    }

    @Override
    public void write(BufferData buffer) {
      within(() -> writer.write(buffer));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      within(() -> writer.writeNow(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
      within(() -> writer.writeNow(buffer));
    }

    @Override
    public void flush() {
      within(writer::flush);
    }

    @Override
    public void close() {
      writer.close();
    }

    private void within(Runnable write) {
      client.writing();
      try {
        write.run();
      } finally {
        client.written();
      }
    }
  }
}
