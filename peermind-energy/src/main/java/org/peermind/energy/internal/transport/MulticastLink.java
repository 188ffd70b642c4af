// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.transport.Transport.Surroundings;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// The link to one device that sends to a group. It stays in the group; a question throws away what
/// came before it and waits for the next datagram, so that its receipt is that of its values. When
/// none comes, it leaves the group and enters it anew with the next question.
final class MulticastLink implements DeviceLink {
  private static final int DATAGRAM_BYTES_MAX = 1500;
  private static final int DATAGRAMS_MAX = 20_000;

  private final Settings settings;
  private final Surroundings surroundings;
  private final GrowingPause pause;
  private final OpenSocket open = new OpenSocket();
  private @Nullable MulticastSocket joined;

  /// @param group null only where the settings are refused
  /// @param networkInterface null for the one that leads to the device
  record Settings(
      String host,
      @Nullable InetAddress group,
      int port,
      @Nullable String networkInterface,
      Duration patience) {}

  MulticastLink(Settings settings, Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
    this.pause =
        new GrowingPause(surroundings.time(), Duration.ofSeconds(1), Duration.ofMinutes(1));
  }

  @Override
  public Answer ask(SettingsReader request) throws EnergyAdapterException, InterruptedException {
    String matching = request.text("matching", "");
    if (!pause.left().isZero()) {
      throw failed("it is tried again in %d s".formatted(pause.left().toSeconds() + 1));
    }
    long deadline = System.nanoTime() + settings.patience().toNanos();
    boolean inGroup = false;
    try {
      InetAddress device = address();
      MulticastSocket socket = socket(device);
      inGroup = true;
      Answer answer = next(socket, device, matching, deadline);
      pause.over();
      return answer;
    } catch (SocketTimeoutException silent) {
      leave();
      throw failed(
          "nothing comes from it; see that it is on, and that the network lets multicast through");
    } catch (IOException failure) {
      leave();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      pause.failed();
      throw failed(
          failure instanceof UnknownHostException
              ? "its name is not known"
              : inGroup ? "the network is gone" : "the group cannot be entered");
    }
  }

  private InetAddress address() throws UnknownHostException {
    return InetAddress.getByName(settings.host());
  }

  private MulticastSocket socket(InetAddress device) throws IOException {
    MulticastSocket known = joined;
    if (known != null && !known.isClosed()) {
      return known;
    }
    MulticastSocket fresh = open.adopt(new MulticastSocket(null));
    fresh.setReuseAddress(true); // other programs of this machine may listen, too
    fresh.bind(new InetSocketAddress(settings.port()));
    fresh.joinGroup(new InetSocketAddress(settings.group(), 0), networkInterface(device));
    joined = fresh;
    return fresh;
  }

  private NetworkInterface networkInterface(InetAddress device) throws IOException {
    String name = settings.networkInterface();
    NetworkInterface found;
    if (name != null) {
      found = NetworkInterface.getByName(name);
    } else {
      try (DatagramSocket route = new DatagramSocket()) {
        route.connect(device, settings.port()); // sends nothing, but finds the way
        found = NetworkInterface.getByInetAddress(route.getLocalAddress());
      }
    }
    if (found == null) {
      throw new IOException("no network interface");
    }
    return found;
  }

  private Answer next(MulticastSocket socket, InetAddress device, String matching, long deadline)
      throws IOException {
    boolean waiting = false; // what has come before the question is taken without waiting
    byte[] buffer = new byte[DATAGRAM_BYTES_MAX + 1];
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    for (int seen = 0; seen < DATAGRAMS_MAX; seen++) {
      socket.setSoTimeout(waiting ? millisUntil(deadline) : 1);
      packet.setLength(buffer.length);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException none) {
        if (waiting) {
          throw none;
        }
        waiting = true;
        continue;
      }
      boolean ours = packet.getLength() <= DATAGRAM_BYTES_MAX && packet.getAddress().equals(device);
      if (waiting && ours) {
        String text = HexFormat.of().formatHex(Arrays.copyOf(packet.getData(), packet.getLength()));
        if (matches(matching, text)) {
          return new Answer(text, surroundings.time().instant());
        }
      }
      var _ = millisUntil(deadline); // others may send without an end
    }
    throw new SocketTimeoutException("only other datagrams came");
  }

  /// Whether `text` begins as wanted, where a dot stands for any digit.
  static boolean matches(String matching, String text) {
    if (text.length() < matching.length()) {
      return false;
    }
    for (int i = 0; i < matching.length(); i++) {
      if (matching.charAt(i) != '.' && matching.charAt(i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int millisUntil(long deadline) throws SocketTimeoutException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("no time left");
    }
    return (int) Math.min(millis, 60_000);
  }

  private void leave() {
    open.release();
    joined = null;
  }

  private EnergyAdapterException failed(String clause) {
    return new EnergyAdapterException(
        "The device at %s that sends to port %d gives no reading: %s."
            .formatted(
                settings.host(), settings.port(), open.isClosed() ? "the link is closed" : clause));
  }

  @Override
  public void close() {
    open.close();
  }
}
