// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// A meter that sends one datagram to its group on this machine, twenty times a second.
public final class MulticastMeter implements Closeable {
  private static final long PERIOD_MILLIS = 50;

  private final MulticastSocket socket;
  private final int port;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  /// @param port of the group; 0 finds a free one
  public MulticastMeter(String group, int port, String datagram) throws IOException {
    this.port = port == 0 ? freePort() : port;
    InetAddress here = InetAddress.getLoopbackAddress();
    socket = new MulticastSocket(new InetSocketAddress(here, 0));
    socket.setNetworkInterface(NetworkInterface.getByInetAddress(here));
    byte[] bytes = HexFormat.of().parseHex(datagram.strip());
    DatagramPacket packet =
        new DatagramPacket(bytes, bytes.length, InetAddress.getByName(group), this.port);
    var _ = clock.scheduleAtFixedRate(() -> send(packet), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static int freePort() throws IOException {
    try (DatagramSocket free = new DatagramSocket()) {
      return free.getLocalPort();
    }
  }

  private void send(DatagramPacket packet) {
    try {
      socket.send(packet);
    } catch (IOException closed) {
      // The test is over.
    }
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    clock.shutdownNow();
    socket.close();
  }
}
