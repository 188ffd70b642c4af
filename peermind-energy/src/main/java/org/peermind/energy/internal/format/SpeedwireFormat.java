// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// The datagrams of SMA energy meters and of the Sunny Home Manager 2.0, in hexadecimal (SMA,
/// technical information "SMA Energy Meter protocol": Speedwire, protocol 0x6069).
///
/// The document has `serial` and `susy` (the kind of device), `ticks` (its own milliseconds, which
/// wrap), and each measurement by its OBIS number without the channel: `1.4.0` is the power drawn
/// from the grid and `2.4.0` the power fed into it, both in tenths of a watt, `1.8.0` and `2.8.0`
/// the energies in watt seconds. A number with all bits set is left out.
final class SpeedwireFormat implements AnswerFormat {
  private static final int DATAGRAM_BYTES_MAX = 1500;
  private static final int SIGNATURE = 0x534D4100; // "SMA" and a zero
  private static final int TAG_END = 0;
  private static final int TAG_DATA = 0x0010;
  private static final int PROTOCOL_METER = 0x6069;
  private static final int HEAD_BYTES = 12;
  private static final int MEAN = 4; // the type of a measurement: its mean value now
  private static final int COUNTER = 8;

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    ByteBuffer datagram = bytes(answer);
    if (datagram.remaining() < 4 || datagram.getInt() != SIGNATURE) {
      throw new UnreadableAnswer("the answer is no datagram of an SMA device");
    }
    while (datagram.remaining() >= 4) {
      int length = datagram.getShort() & 0xFFFF;
      int tag = datagram.getShort() & 0xFFFF;
      if (tag == TAG_END) {
        break;
      }
      if (length > datagram.remaining()) {
        throw new UnreadableAnswer("the datagram is not complete");
      }
      ByteBuffer data = datagram.slice(datagram.position(), length);
      if (tag == TAG_DATA) {
        return document(data);
      }
      datagram.position(datagram.position() + length);
    }
    throw new UnreadableAnswer("the datagram holds no data");
  }

  private static ByteBuffer bytes(String answer) throws UnreadableAnswer {
    if (answer.length() > 4 * DATAGRAM_BYTES_MAX) {
      throw new UnreadableAnswer("the answer is longer than a datagram can be");
    }
    try {
      return ByteBuffer.wrap(HexFormat.of().parseHex(answer.replaceAll("[\\s:]+", "")));
    } catch (IllegalArgumentException notHex) {
      throw new UnreadableAnswer("the answer is no datagram in hexadecimal", notHex);
    }
  }

  private static Map<String, Object> document(ByteBuffer data) throws UnreadableAnswer {
    if (data.remaining() < 2) {
      throw new UnreadableAnswer("the datagram is not complete");
    }
    int protocol = data.getShort() & 0xFFFF;
    if (protocol != PROTOCOL_METER) {
      throw new UnreadableAnswer(
          "the datagram is of the protocol 0x%04x, not that of an energy meter"
              .formatted(protocol));
    }
    if (data.remaining() < HEAD_BYTES - 2) {
      throw new UnreadableAnswer("the datagram is not complete");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("susy", data.getShort() & 0xFFFF);
    document.put("serial", data.getInt() & 0xFFFF_FFFFL);
    document.put("ticks", data.getInt() & 0xFFFF_FFFFL);
    while (data.remaining() >= 4) {
      int channel = data.get() & 0xFF;
      int index = data.get() & 0xFF;
      int type = data.get() & 0xFF;
      int tariff = data.get() & 0xFF;
      int width = type == COUNTER ? 8 : 4;
      if (data.remaining() < width) {
        throw new UnreadableAnswer("the datagram ends within a measurement");
      }
      long value = width == 8 ? data.getLong() : data.getInt() & 0xFFFF_FFFFL;
      boolean known = width == 8 ? value >= 0 : value != 0xFFFF_FFFFL;
      boolean measured = channel == 0 && (type == MEAN || type == COUNTER);
      if (measured
          && known
          && document.putIfAbsent("%d.%d.%d".formatted(index, type, tariff), value) != null) {
        throw new UnreadableAnswer(
            "the measurement %d.%d.%d is there twice".formatted(index, type, tariff));
      }
    }
    return document;
  }
}
