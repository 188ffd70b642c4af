// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.transport.MqttLink.Settings;

/// One connection to a broker: MQTT 3.1.1 (section 3) or MQTT 5 (section 3), quality of service 0.
/// A thread of its own reads messages into [MqttTopics] until the connection ends.
final class MqttConnection implements Closeable {
  private static final int KEEP_ALIVE_SECONDS = 60;
  private static final int QUIET_MILLIS = 20_000;
  private static final int PACKET_BYTES_MAX = 256 * 1024;
  private static final int CONNECT = 0x10;
  private static final int CONNACK = 2;
  private static final int PUBLISH = 3;
  private static final int SUBSCRIBE = 0x82;
  private static final int SUBACK = 9;
  private static final int PINGREQ = 0xC0;

  private final Settings settings;
  private final MqttTopics topics;
  private final InstantSource time;
  private volatile Socket socket = new Socket();
  private @Nullable DataOutputStream out;
  private int packetId;
  private volatile boolean ended;

  MqttConnection(Settings settings, MqttTopics topics, InstantSource time) {
    this.settings = settings;
    this.topics = topics;
    this.time = time;
  }

  /// The broker says no; the message is a clause.
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String clause) {
      super(clause);
    }
  }

  /// Connects, signs in and subscribes.
  void open(String clientId, String password, List<String> filters, long deadline)
      throws IOException {
    InetSocketAddress address = new InetSocketAddress(settings.host(), settings.port());
    if (address.isUnresolved()) {
      throw new UnknownHostException(settings.host());
    }
    socket.connect(address, millis(deadline));
    socket.setTcpNoDelay(true);
    if (settings.tls() != null) {
      secure(settings.tls().getSocketFactory(), deadline);
    }
    socket.setSoTimeout(millis(deadline));
    DataInputStream input = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(socket.getOutputStream());
    send(CONNECT, connect(clientId, password));
    Packet answer = packet(input);
    if (answer.type() != CONNACK || answer.body().length < 2) {
      throw new Refused("what answers there is no MQTT broker");
    }
    int code = answer.body()[1] & 0xFF;
    if (code != 0) {
      throw new Refused(refusal(code));
    }
    subscribe(filters, input, deadline);
    socket.setSoTimeout(QUIET_MILLIS);
    Thread.ofPlatform().daemon().name("energy-mqtt").start(() -> readAll(input));
  }

  private void secure(SSLSocketFactory factory, long deadline) throws IOException {
    SSLSocket secured =
        (SSLSocket) factory.createSocket(socket, settings.host(), settings.port(), true);
    socket = secured;
    // The name is part of what an authority vouches for; a pinned key needs none.
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secured.setSSLParameters(parameters);
    secured.setSoTimeout(millis(deadline));
    secured.startHandshake();
  }

  private static int millis(long deadline) throws SocketTimeoutException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("no time left");
    }
    return (int) Math.min(millis, 60_000);
  }

  private byte[] connect(String clientId, String password) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream body = new DataOutputStream(bytes);
    text(body, "MQTT");
    body.writeByte(settings.version5() ? 5 : 4);
    boolean named = settings.user() != null;
    boolean secret = !password.isEmpty();
    body.writeByte(2 | (named ? 0x80 : 0) | (secret && named ? 0x40 : 0)); // 2: a clean session
    body.writeShort(KEEP_ALIVE_SECONDS);
    if (settings.version5()) {
      body.writeByte(5);
      body.writeByte(0x27); // maximum packet size
      body.writeInt(PACKET_BYTES_MAX);
    }
    text(body, clientId);
    if (settings.user() != null) {
      text(body, settings.user());
      if (secret) {
        text(body, password);
      }
    }
    return bytes.toByteArray();
  }

  private void subscribe(List<String> filters, DataInputStream input, long deadline)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream body = new DataOutputStream(bytes);
    body.writeShort(++packetId);
    if (settings.version5()) {
      body.writeByte(0);
    }
    for (String filter : filters) {
      text(body, filter);
      body.writeByte(0);
    }
    send(SUBSCRIBE, bytes.toByteArray());
    while (true) {
      socket.setSoTimeout(millis(deadline));
      Packet packet = packet(input);
      if (packet.type() == SUBACK) {
        int codes = packet.body().length - filters.size();
        for (int i = 0; i < filters.size(); i++) {
          if (codes < 2 || (packet.body()[codes + i] & 0x80) != 0) {
            throw new Refused("it does not let this user read " + filters.get(i));
          }
        }
        return;
      }
      take(packet); // what the broker keeps may come first
    }
  }

  private static String refusal(int code) {
    return switch (code) {
      case 1, 0x84 -> "it does not speak this version of MQTT; change the setting version";
      case 2, 0x85 -> "it does not accept the name of this client";
      case 3, 0x88, 0x89 -> "it is not available now";
      case 4, 5, 0x86, 0x87, 0x8C -> "it does not accept the user and password";
      default -> "it refuses the connection with the code " + code;
    };
  }

  /// Publishes without acknowledgement.
  void publish(String topic, String payload) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream body = new DataOutputStream(bytes);
    text(body, topic);
    if (settings.version5()) {
      body.writeByte(0);
    }
    body.write(payload.getBytes(StandardCharsets.UTF_8));
    send(PUBLISH << 4, bytes.toByteArray());
  }

  private static void text(DataOutputStream body, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 65_535) {
      throw new IOException("a text is too long for MQTT");
    }
    body.writeShort(bytes.length);
    body.write(bytes);
  }

  private synchronized void send(int header, byte[] body) throws IOException {
    DataOutputStream output = out;
    if (output == null) {
      throw new IOException("not connected");
    }
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(header);
    int rest = body.length;
    do {
      packet.write((rest % 128) | (rest >= 128 ? 0x80 : 0));
      rest /= 128;
    } while (rest > 0);
    packet.write(body);
    output.write(packet.toByteArray());
    output.flush();
  }

  private void readAll(DataInputStream input) {
    try (this) {
      boolean asked = false;
      while (true) {
        int first;
        try {
          first = input.read();
        } catch (SocketTimeoutException quiet) {
          if (asked) {
            return; // not even an answer to the ping
          }
          send(PINGREQ, new byte[0]);
          asked = true;
          continue;
        }
        if (first < 0) {
          return;
        }
        asked = false;
        take(packet(first, input));
      }
    } catch (IOException broken) {
      // The link sees that the connection has ended, and opens another.
    }
  }

  private static final class Packet {
    private final int header;
    private final byte[] body;

    Packet(int header, byte[] body) {
      this.header = header;
      this.body = body;
    }

    int header() {
      return header;
    }

    int type() {
      return header >> 4;
    }

    byte[] body() {
      return body;
    }
  }

  private static Packet packet(DataInputStream input) throws IOException {
    int first = input.read();
    if (first < 0) {
      throw new EOFException("the connection was closed");
    }
    return packet(first, input);
  }

  private static Packet packet(int first, DataInputStream input) throws IOException {
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      int digit = input.readUnsignedByte();
      length |= (digit & 0x7F) << shift;
      if ((digit & 0x80) == 0) {
        break;
      }
      if (shift == 21) {
        throw new IOException("no MQTT packet");
      }
    }
    if (length > PACKET_BYTES_MAX) {
      throw new IOException("a packet is longer than 256 KiB");
    }
    byte[] body = new byte[length];
    input.readFully(body);
    return new Packet(first, body);
  }

  private void take(Packet packet) throws IOException {
    if (packet.type() == 14) {
      throw new IOException("the broker says good-bye");
    }
    if (packet.type() != PUBLISH) {
      return;
    }
    byte[] body = packet.body();
    int at = 2;
    int length = body.length < 2 ? body.length : ((body[0] & 0xFF) << 8) | (body[1] & 0xFF);
    if (at + length > body.length) {
      throw new IOException("no MQTT message");
    }
    String topic = new String(body, at, length, StandardCharsets.UTF_8);
    at += length + ((packet.header() & 6) == 0 ? 0 : 2);
    if (settings.version5()) {
      int properties = 0;
      for (int shift = 0; shift <= 21; shift += 7) {
        int digit = at < body.length ? body[at++] & 0xFF : 0;
        properties |= (digit & 0x7F) << shift;
        if ((digit & 0x80) == 0) {
          break;
        }
      }
      at += properties;
    }
    if (at > body.length) {
      throw new IOException("no MQTT message");
    }
    byte[] payload = Arrays.copyOfRange(body, at, body.length);
    topics.put(topic, payload, (packet.header() & 1) != 0, time.instant());
  }

  /// Whether the connection is over.
  boolean ended() {
    return ended;
  }

  @Override
  public void close() {
    ended = true;
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is thrown away either way.
    }
    topics.clear();
  }
}
