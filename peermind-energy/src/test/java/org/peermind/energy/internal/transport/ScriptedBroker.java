// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The little of an MQTT broker that a device behind one needs, in MQTT 3.1.1 and 5: whoever
/// subscribes gets the device's messages at once, whoever publishes gets the device's answer.
/// Quality of service 0 only. The real broker of the interop tests is mosquitto.
public final class ScriptedBroker implements AutoCloseable {
  private static final int PACKET_BYTES_MAX = 1 << 20;

  private final ServerSocket server;
  private final List<Message> messages;
  private final Function<String, List<Message>> answers;
  private final List<Socket> clients = new ArrayList<>();

  /// One message of the device.
  ///
  /// @param retained whether the broker kept it from before
  public record Message(String topic, String payload, boolean retained) {}

  /// @param port 0 finds a free one
  /// @param messages what a subscriber gets, in this order, where its filters want it
  /// @param answers what the device says when something is published on a topic
  public ScriptedBroker(int port, List<Message> messages, Function<String, List<Message>> answers)
      throws IOException {
    this.messages = List.copyOf(messages);
    this.answers = answers;
    server = new ServerSocket(port, 5, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("scripted-broker").start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
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
        Thread.ofVirtual().name("scripted-broker-client").start(() -> serve(client));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      boolean version5 = false;
      while (true) {
        int header = in.readUnsignedByte();
        DataInputStream body =
            new DataInputStream(new ByteArrayInputStream(in.readNBytes(length(in))));
        switch (header >> 4) {
          case 1 -> version5 = connected(body, out);
          case 3 -> {
            for (Message answer : answers.apply(body.readUTF())) {
              publish(out, answer, version5);
            }
          }
          case 8 -> subscribed(body, out, version5);
          case 12 -> out.write(new byte[] {(byte) 0xD0, 0});
          default -> {
            return;
          }
        }
      }
    } catch (IOException gone) {
      // The client left, or the test is over.
    }
  }

  private static int length(DataInputStream in) throws IOException {
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      int digit = in.readUnsignedByte();
      length |= (digit & 0x7F) << shift;
      if ((digit & 0x80) == 0) {
        break;
      }
    }
    if (length > PACKET_BYTES_MAX) {
      throw new IOException("no packet of a client");
    }
    return length;
  }

  /// Whether the client speaks MQTT 5.
  private static boolean connected(DataInputStream body, DataOutputStream out) throws IOException {
    if (!body.readUTF().equals("MQTT")) {
      throw new IOException("no client of MQTT");
    }
    boolean version5 = body.readUnsignedByte() == 5;
    send(out, 0x20, version5 ? new byte[] {0, 0, 0} : new byte[] {0, 0});
    return version5;
  }

  /// The messages come before the acknowledgement, which section 3.8.4 allows, so that a client
  /// that has it has all of them.
  private void subscribed(DataInputStream body, DataOutputStream out, boolean version5)
      throws IOException {
    int packet = body.readUnsignedShort();
    if (version5) {
      body.skipNBytes(length(body));
    }
    List<String> filters = new ArrayList<>();
    while (body.available() > 0) {
      filters.add(body.readUTF());
      body.skipNBytes(1);
    }
    for (Message message : messages) {
      if (filters.stream().anyMatch(filter -> MqttRequest.matches(filter, message.topic()))) {
        publish(out, message, version5);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream answer = new DataOutputStream(bytes);
    answer.writeShort(packet);
    if (version5) {
      answer.writeByte(0);
    }
    answer.write(new byte[filters.size()]);
    send(out, 0x90, bytes.toByteArray());
  }

  private static void publish(DataOutputStream out, Message message, boolean version5)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream body = new DataOutputStream(bytes);
    body.writeUTF(message.topic());
    if (version5) {
      body.writeByte(0);
    }
    body.write(message.payload().getBytes(StandardCharsets.UTF_8));
    send(out, 0x30 | (message.retained() ? 1 : 0), bytes.toByteArray());
  }

  private static void send(DataOutputStream out, int header, byte[] body) throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(header);
    int rest = body.length;
    do {
      packet.write((rest % 128) | (rest >= 128 ? 0x80 : 0));
      rest /= 128;
    } while (rest > 0);
    packet.write(body);
    out.write(packet.toByteArray());
    out.flush();
  }

  /// Ends every connection, as the death of a broker does.
  @Override
  public synchronized void close() throws IOException {
    server.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
