// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.peermind.energy.internal.format.RegisterKind;

/// One TCP connection to a Modbus device: one request, one response, every wait with a deadline.
/// Frames as in "MODBUS Messaging on TCP/IP Implementation Guide" V1.0b, section 3.1: transaction,
/// protocol 0, length, unit, then the function and its data.
///
/// A Modbus library would bring threads of its own and would drop a response with a wrong
/// transaction silently; with two functions to speak, a blocking socket can say what is wrong.
final class ModbusConnection implements AutoCloseable {
  /// What one request may ask for (Modbus application protocol V1.1b3, section 6.3).
  static final int REGISTERS_MAX = 125;

  private static final int HEADER_BYTES = 7;
  private static final int PDU_BYTES_MAX = 253;
  private static final int EXCEPTION_BIT = 0x80;

  private final Socket socket = new Socket();
  private int transaction;

  /// @throws ModbusFailure when nobody accepts the connection in time
  void connect(String host, int port, Duration patience) throws ModbusFailure {
    try {
      InetSocketAddress address = new InetSocketAddress(host, port);
      if (address.isUnresolved()) {
        throw ModbusFailure.link("the name is not known");
      }
      socket.setTcpNoDelay(true);
      socket.connect(address, millis(patience.toNanos()));
    } catch (SocketTimeoutException _) {
      throw ModbusFailure.link("nobody answers there");
    } catch (ConnectException refused) {
      throw ModbusFailure.link(
          "the connection is refused; look at the address, and at whether Modbus TCP is switched on"
              + " and free (many devices take one client only)");
    } catch (IOException broken) {
      throw ModbusFailure.link("no connection results");
    }
  }

  /// `count` registers of `unit` from `address` on.
  ///
  /// @throws ModbusFailure when the device refuses or answers with anything but these
  List<Integer> read(RegisterKind kind, int unit, int address, int count, Duration patience)
      throws ModbusFailure {
    transaction = (transaction + 1) & 0xFFFF;
    long deadlineNanos = System.nanoTime() + patience.toNanos();
    try {
      socket.getOutputStream().write(request(kind, unit, address, count));
      ByteBuffer header = ByteBuffer.wrap(read(HEADER_BYTES, deadlineNanos));
      int answered = header.getShort() & 0xFFFF;
      int protocol = header.getShort();
      int length = header.getShort() & 0xFFFF;
      int from = header.get() & 0xFF;
      if (protocol != 0 || length < 3 || length - 1 > PDU_BYTES_MAX) {
        throw ModbusFailure.link("what answers there does not speak Modbus TCP");
      }
      ByteBuffer pdu = ByteBuffer.wrap(read(length - 1, deadlineNanos));
      if (answered != transaction) {
        throw ModbusFailure.link(
            "the response belongs to another request (transaction %d, not %d)"
                .formatted(answered, transaction));
      }
      if (from != unit) {
        throw ModbusFailure.link("the response comes from unit %d, not %d".formatted(from, unit));
      }
      return registers(pdu, kind, address, count);
    } catch (SocketTimeoutException late) {
      throw ModbusFailure.link("no complete response came in time");
    } catch (IOException broken) {
      throw ModbusFailure.link("the device closed the connection");
    }
  }

  private byte[] request(RegisterKind kind, int unit, int address, int count) {
    return ByteBuffer.allocate(HEADER_BYTES + 5)
        .putShort((short) transaction)
        .putShort((short) 0)
        .putShort((short) 6)
        .put((byte) unit)
        .put((byte) kind.function())
        .putShort((short) address)
        .putShort((short) count)
        .array();
  }

  private static List<Integer> registers(ByteBuffer pdu, RegisterKind kind, int address, int count)
      throws ModbusFailure {
    String asked =
        count == 1
            ? "%s register %d".formatted(kind.word(), address)
            : "%s registers %d to %d".formatted(kind.word(), address, address + count - 1);
    int function = pdu.get() & 0xFF;
    int next = pdu.get() & 0xFF;
    if (function == (kind.function() | EXCEPTION_BIT)) {
      if (next == 0) {
        throw ModbusFailure.link("the device answers with an exception without a code");
      }
      throw ModbusFailure.refused(next, asked);
    }
    if (function != kind.function()) {
      throw ModbusFailure.link(
          "the response is for function %d, not %d".formatted(function, kind.function()));
    }
    if (next != 2 * count || pdu.remaining() != next) {
      throw ModbusFailure.link(
          "the response holds %d bytes of registers where %d were asked for"
              .formatted(pdu.remaining(), 2 * count));
    }
    List<Integer> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      words.add(pdu.getShort() & 0xFFFF);
    }
    return words;
  }

  /// Exactly `count` bytes, however slowly they drip.
  private byte[] read(int count, long deadlineNanos) throws IOException {
    byte[] bytes = new byte[count];
    InputStream in = socket.getInputStream();
    for (int have = 0; have < count; ) {
      long left = deadlineNanos - System.nanoTime();
      if (left <= 0) {
        throw new SocketTimeoutException();
      }
      socket.setSoTimeout(millis(left));
      int got = in.read(bytes, have, count - have);
      if (got < 0) {
        throw new IOException("the stream ended");
      }
      have += got;
    }
    return bytes;
  }

  /// At least one, because the socket takes zero for "for ever".
  private static int millis(long nanos) {
    return Math.clamp(nanos / 1_000_000, 1, Integer.MAX_VALUE);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException _) {
      // There is nothing left to free.
    }
  }
}
