// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A dongle of a GoodWe inverter that answers questions with frames, by UDP and by TCP.
public final class GoodweInverter implements AutoCloseable {
  private final Closeable socket;
  private final int port;
  private final Map<String, byte[]> frames;
  private final List<Socket> clients = new ArrayList<>();

  /// @param port 0 finds a free one
  /// @param frames by what is asked for, as in a profile's request: the first register's number, or
  ///   the six digits of the older protocol
  public GoodweInverter(boolean tcp, int port, Map<String, byte[]> frames) throws IOException {
    this.frames = Map.copyOf(frames);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    if (tcp) {
      ServerSocket server = new ServerSocket();
      server.bind(address);
      socket = server;
      this.port = server.getLocalPort();
      Thread.ofPlatform().daemon().name("goodwe-tcp").start(() -> accept(server));
    } else {
      DatagramSocket datagrams = new DatagramSocket(address);
      socket = datagrams;
      this.port = datagrams.getLocalPort();
      Thread.ofPlatform().daemon().name("goodwe-udp").start(() -> answerAll(datagrams));
    }
  }

  public int port() {
    return port;
  }

  private void answerAll(DatagramSocket datagrams) {
    try {
      while (true) {
        DatagramPacket asked = new DatagramPacket(new byte[100], 100);
        datagrams.receive(asked);
        byte[] question = asked.getData();
        String key =
            (question[0] & 0xFF) == 0xAA
                ? "%02x%02x00".formatted(question[4], question[5])
                : address(question, 2);
        byte @Nullable [] frame = frames.get(key);
        if (frame != null) {
          datagrams.send(new DatagramPacket(frame, frame.length, asked.getSocketAddress()));
        }
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void accept(ServerSocket server) {
    try {
      while (true) {
        Socket client = server.accept();
        synchronized (this) {
          if (server.isClosed()) { // one more may come through while it is being closed
            client.close();
            return;
          }
          clients.add(client);
        }
        Thread.ofVirtual().name("goodwe-tcp-client").start(() -> answerAll(client));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void answerAll(Socket client) {
    try (client) {
      while (true) {
        byte[] question = client.getInputStream().readNBytes(12);
        byte @Nullable [] frame = question.length < 12 ? null : frames.get(address(question, 8));
        if (frame == null) {
          return;
        }
        client.getOutputStream().write(frame);
      }
    } catch (IOException gone) {
      // The client left, or the test is over.
    }
  }

  private static String address(byte[] question, int at) {
    return Integer.toString(((question[at] & 0xFF) << 8) | (question[at + 1] & 0xFF));
  }

  @Override
  public synchronized void close() throws IOException {
    socket.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
