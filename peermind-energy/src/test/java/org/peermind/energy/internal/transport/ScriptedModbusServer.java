// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;

/// A Modbus TCP device with the registers of a recording, which misbehaves as a test says.
public final class ScriptedModbusServer implements AutoCloseable {
  private final ServerSocket server;
  private final Deque<Fault> faults = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private final List<Socket> clients = new ArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile Registers registers;
  private volatile boolean filling;

  /// What the device does with one request.
  sealed interface Fault {
    record Obey() implements Fault {}

    record Refuse(int code) implements Fault {}

    /// Answers with these bytes; the transaction is put into the first two unless `foreign`.
    record Reply(boolean foreign, List<Integer> bytes) implements Fault {
      public Reply {
        bytes = List.copyOf(bytes);
      }
    }

    static Fault reply(boolean foreign, Integer... bytes) {
      return new Reply(foreign, List.of(bytes));
    }

    record Hang() implements Fault {}

    /// Sends the start of the answer and then nothing.
    record Drip() implements Fault {}

    record HangUp() implements Fault {}
  }

  public ScriptedModbusServer(Registers registers) throws IOException {
    this(registers, 0);
  }

  /// @param port 0 finds a free one
  public ScriptedModbusServer(Registers registers, int port) throws IOException {
    this.registers = registers;
    server = new ServerSocket(port, 5, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /// What becomes of the next requests, in order; afterwards the device obeys.
  synchronized void then(Fault... next) {
    faults.addAll(List.of(next));
  }

  public void serve(Registers other) {
    registers = other;
  }

  /// From now on gives 0 for a register that the recording lacks, where it has another one of the
  /// same request.
  public void fillGaps() {
    filling = true;
  }

  /// The requests so far, as in `holding 40000+2 unit 1`.
  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  public int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        connections.incrementAndGet();
        synchronized (this) {
          if (server.isClosed()) { // one more may come through while it is being closed
            client.close();
            return;
          }
          clients.add(client);
        }
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException _) {
      // The test has closed the server.
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      while (true) {
        byte[] request = in.readNBytes(12);
        if (request.length < 12) {
          return;
        }
        answer(client.getOutputStream(), ByteBuffer.wrap(request));
      }
    } catch (IOException _) {
      // The client is gone.
    }
  }

  private void answer(OutputStream out, ByteBuffer request) throws IOException {
    int transaction = request.getShort(0) & 0xFFFF;
    int unit = request.get(6) & 0xFF;
    int function = request.get(7) & 0xFF;
    int address = request.getShort(8) & 0xFFFF;
    int count = request.getShort(10) & 0xFFFF;
    RegisterKind kind = function == 4 ? RegisterKind.INPUT : RegisterKind.HOLDING;
    Fault fault;
    synchronized (this) {
      requests.add("%s %d+%d unit %d".formatted(kind.word(), address, count, unit));
      fault = faults.isEmpty() ? new Fault.Obey() : faults.remove();
    }
    switch (fault) {
      case Fault.Obey() -> out.write(registers(kind, transaction, unit, address, count));
      case Fault.Refuse(int code) -> out.write(refusal(transaction, unit, function, code));
      case Fault.Reply(boolean foreign, List<Integer> bytes) -> {
        byte[] reply = new byte[bytes.size()];
        for (int i = 0; i < bytes.size(); i++) {
          reply[i] = bytes.get(i).byteValue();
        }
        if (!foreign) {
          ByteBuffer.wrap(reply).putShort((short) transaction);
        }
        out.write(reply);
      }
      case Fault.Hang() -> {}
      case Fault.Drip() -> out.write(registers(kind, transaction, unit, address, count), 0, 8);
      case Fault.HangUp() -> throw new IOException("as the test says");
    }
  }

  private byte[] registers(RegisterKind kind, int transaction, int unit, int address, int count) {
    ByteBuffer reply = ByteBuffer.allocate(9 + 2 * count);
    reply.putShort((short) transaction).putShort((short) 0).putShort((short) (3 + 2 * count));
    reply.put((byte) unit).put((byte) kind.function()).put((byte) (2 * count));
    int known = 0;
    for (int i = 0; i < count; i++) {
      OptionalInt word = registers.at(kind, address + i);
      known += word.isPresent() ? 1 : 0;
      reply.putShort((short) word.orElse(0));
    }
    return known == count || (filling && known > 0)
        ? reply.array()
        : refusal(transaction, unit, kind.function(), 2);
  }

  private static byte[] refusal(int transaction, int unit, int function, int code) {
    return ByteBuffer.allocate(9)
        .putShort((short) transaction)
        .putShort((short) 0)
        .putShort((short) 3)
        .put((byte) unit)
        .put((byte) (function | 0x80))
        .put((byte) code)
        .array();
  }

  @Override
  public synchronized void close() throws IOException {
    server.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
