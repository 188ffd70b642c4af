// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.peermind.energy.internal.format.GoodweFormat;
import org.peermind.energy.internal.transport.GoodweTransport.Ask;
import org.peermind.energy.internal.transport.Transport.Surroundings;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// The link to one GoodWe inverter. Every try has a socket of its own, so that a late answer never
/// counts for another question: a frame does not say what it answers.
final class GoodweLink implements DeviceLink {
  private static final int FRAME_BYTES_MAX = 600;
  private static final int STRAY_FRAMES_MAX = 20;

  private final Settings settings;
  private final Surroundings surroundings;
  private final GrowingPause pause;
  private final OpenSocket open = new OpenSocket();

  record Settings(String host, int port, boolean tcp, int unit, Duration patience, int tries) {}

  GoodweLink(Settings settings, Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
    this.pause =
        new GrowingPause(surroundings.time(), Duration.ofSeconds(1), Duration.ofMinutes(1));
  }

  @Override
  public Answer ask(SettingsReader request) throws EnergyAdapterException, InterruptedException {
    Ask ask =
        GoodweTransport.asked(request)
            .orElseThrow(() -> failed("the profile asks for nothing that can be asked"));
    if (!pause.left().isZero()) {
      throw failed("it is tried again in %d s".formatted(pause.left().toSeconds() + 1));
    }
    long deadline = System.nanoTime() + surroundings.patience().toNanos();
    String clause = "it does not answer";
    for (int attempt = 0; attempt < settings.tries(); attempt++) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        break;
      }
      try {
        Duration wait = Duration.ofNanos(Math.min(left, settings.patience().toNanos()));
        byte[] frame = settings.tcp() ? byTcp(ask, wait) : byUdp(ask, wait);
        pause.over();
        return new Answer(HexFormat.of().formatHex(frame), surroundings.time().instant());
      } catch (IOException failure) {
        clause = clause(failure);
      } finally {
        open.release();
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    pause.failed();
    throw failed(clause);
  }

  private EnergyAdapterException failed(String clause) {
    return new EnergyAdapterException(
        "The GoodWe inverter at %s:%d gives no reading: %s."
            .formatted(
                settings.host(), settings.port(), open.isClosed() ? "the link is closed" : clause));
  }

  private static String clause(IOException failure) {
    return switch (failure) {
      case SocketTimeoutException _ -> "it does not answer in time";
      case UnknownHostException _ -> "its name is not known";
      case PortUnreachableException _ -> "nothing listens there";
      case EOFException _ -> "it closed the connection";
      default -> "it cannot be reached";
    };
  }

  private byte[] byUdp(Ask ask, Duration wait) throws IOException {
    byte[] question = question(ask);
    DatagramSocket socket = open.adopt(new DatagramSocket());
    InetSocketAddress address = address();
    socket.connect(address); // from here on, datagrams of others are dropped
    socket.send(new DatagramPacket(question, question.length));
    long deadline = System.nanoTime() + wait.toNanos();
    DatagramPacket packet = new DatagramPacket(new byte[FRAME_BYTES_MAX], FRAME_BYTES_MAX);
    for (int stray = 0; stray < STRAY_FRAMES_MAX; stray++) {
      socket.setSoTimeout(millisUntil(deadline));
      packet.setLength(FRAME_BYTES_MAX);
      socket.receive(packet);
      byte[] frame = Arrays.copyOf(packet.getData(), packet.getLength());
      if (answers(ask, frame)) {
        return frame;
      }
    }
    throw new SocketTimeoutException("only other frames came");
  }

  private byte[] byTcp(Ask ask, Duration wait) throws IOException {
    if (!(ask instanceof Ask.Registers registers)) {
      throw new IOException("The older protocol has no TCP form");
    }
    long deadline = System.nanoTime() + wait.toNanos();
    Socket socket = open.adopt(new Socket());
    socket.connect(address(), millisUntil(deadline));
    byte[] question =
        ByteBuffer.allocate(12)
            .putShort((short) 1) // the transaction; the connection has only this one
            .putShort((short) 0)
            .putShort((short) 6)
            .put((byte) settings.unit())
            .put((byte) 3)
            .putShort((short) registers.first())
            .putShort((short) registers.count())
            .array();
    socket.getOutputStream().write(question);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] frame = new byte[6];
    readFully(socket, in, frame, 0, deadline);
    int length = ((frame[4] & 0xFF) << 8) | (frame[5] & 0xFF);
    if (length < 3 || length > FRAME_BYTES_MAX || frame[2] != 0 || frame[3] != 0) {
      throw new IOException("no Modbus frame");
    }
    frame = Arrays.copyOf(frame, 6 + length);
    readFully(socket, in, frame, 6, deadline);
    if (frame[0] != 0 || frame[1] != 1 || (frame[6] & 0xFF) != settings.unit()) {
      throw new IOException("the answer to another question");
    }
    return frame;
  }

  private static void readFully(
      Socket socket, DataInputStream in, byte[] bytes, int from, long deadline) throws IOException {
    int at = from;
    while (at < bytes.length) {
      socket.setSoTimeout(millisUntil(deadline));
      int read = in.read(bytes, at, bytes.length - at);
      if (read < 0) {
        throw new EOFException("the connection was closed");
      }
      at += read;
    }
  }

  private static int millisUntil(long deadline) throws SocketTimeoutException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("no time left");
    }
    return (int) Math.min(millis, 60_000);
  }

  private InetSocketAddress address() throws UnknownHostException {
    InetSocketAddress address = new InetSocketAddress(settings.host(), settings.port());
    if (address.isUnresolved()) {
      throw new UnknownHostException(settings.host());
    }
    return address;
  }

  private byte[] question(Ask ask) {
    return switch (ask) {
      case Ask.Registers(int first, int count) -> {
        byte[] frame =
            ByteBuffer.allocate(8)
                .put((byte) settings.unit())
                .put((byte) 3)
                .putShort((short) first)
                .putShort((short) count)
                .array();
        int crc = GoodweFormat.crc16(frame, 0, 6);
        frame[6] = (byte) crc;
        frame[7] = (byte) (crc >> 8);
        yield frame;
      }
      case Ask.Older(int control, int function) -> {
        byte[] frame = {
          (byte) 0xAA, 0x55, (byte) 0xC0, 0x7F, (byte) control, (byte) function, 0, 0, 0
        };
        int sum = GoodweFormat.sum(frame, 0, 7);
        frame[7] = (byte) (sum >> 8);
        frame[8] = (byte) sum;
        yield frame;
      }
    };
  }

  /// Whether a frame is an intact answer, or refusal, to what was asked.
  private boolean answers(Ask ask, byte[] frame) {
    if (frame.length < 7 || (frame[0] & 0xFF) != 0xAA || (frame[1] & 0xFF) != 0x55) {
      return false;
    }
    int end = frame.length - 2;
    return switch (ask) {
      case Ask.Registers(int _, int count) -> {
        boolean refusal = (frame[3] & 0xFF) == 0x83 && frame.length == 7;
        boolean data =
            frame[3] == 3 && (frame[4] & 0xFF) == 2 * count && frame.length == 7 + 2 * count;
        int crc = GoodweFormat.crc16(frame, 2, end);
        yield (refusal || data)
            && (frame[2] & 0xFF) == settings.unit()
            && (frame[end] & 0xFF) == (crc & 0xFF)
            && (frame[end + 1] & 0xFF) == (crc >> 8);
      }
      case Ask.Older(int control, int function) -> {
        int sum = GoodweFormat.sum(frame, 0, end);
        yield frame.length >= 9
            && (frame[4] & 0xFF) == control
            && (frame[5] & 0xFF) == (function | 0x80)
            && (frame[6] & 0xFF) == frame.length - 9
            && (frame[end] & 0xFF) == (sum >> 8)
            && (frame[end + 1] & 0xFF) == (sum & 0xFF);
      }
    };
  }

  @Override
  public Duration rest() {
    return pause.left();
  }

  @Override
  public void close() {
    open.close();
  }
}
