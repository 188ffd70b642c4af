// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.peermind.energy.spi.SettingsReader;

/// The answer frames of GoodWe inverters, in hexadecimal.
///
/// `frame: modbus` in the profile reads Modbus RTU behind the bytes AA 55, as it comes by UDP, and
/// Modbus TCP; `base` is the address that was asked for, because the answer does not repeat it.
/// `frame: aa55` reads the maker's older protocol of the ES, EM and BP families. `points` are those
/// of the format `registers`; with `aa55` an address is an offset in bytes and names the 16 bits
/// from there on.
public final class GoodweFormat implements AnswerFormat {
  private static final int FRAME_BYTES_MAX = 600;
  private static final int READ = 3;
  private static final int ADDRESS_MAX = 0xFFFF;

  private final boolean modbus;
  private final int base;
  private final RegistersFormat points;

  private GoodweFormat(boolean modbus, int base, RegistersFormat points) {
    this.modbus = modbus;
    this.base = base;
    this.points = points;
  }

  static GoodweFormat create(SettingsReader section) {
    String frame = section.text("frame", "modbus");
    if (!frame.equals("modbus") && !frame.equals("aa55")) {
      section.problem("frame", "must be modbus or aa55");
    }
    long base = section.whole("base", 0);
    if (base < 0 || base > ADDRESS_MAX) {
      section.problem("base", "must be the register's number within 0 and 65535");
      base = 0;
    }
    return new GoodweFormat(frame.equals("modbus"), (int) base, RegistersFormat.create(section));
  }

  @Override
  public Object document(String answer) throws UnreadableAnswer {
    byte[] frame = bytes(answer);
    Registers registers = new Registers(0);
    if (modbus) {
      byte[] data = modbusData(frame);
      for (int i = 0; i + 1 < data.length; i += 2) {
        registers.put(RegisterKind.HOLDING, base + i / 2, List.of(word(data, i)));
      }
    } else {
      byte[] data = olderData(frame);
      for (int i = 0; i < data.length; i++) {
        registers.put(RegisterKind.HOLDING, i, List.of(word(data, i)));
      }
    }
    return points.document(registers);
  }

  private static byte[] bytes(String answer) throws UnreadableAnswer {
    if (answer.length() > 8 * FRAME_BYTES_MAX) {
      throw new UnreadableAnswer("the answer is longer than a frame can be");
    }
    String digits = answer.replaceAll("[\\s:]+", "").toLowerCase(Locale.ROOT);
    if (digits.startsWith("0x")) {
      digits = digits.substring(2);
    }
    if (digits.isEmpty()) {
      throw new UnreadableAnswer("the answer is empty");
    }
    try {
      return HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException notHex) {
      throw new UnreadableAnswer("the answer is no frame in hexadecimal", notHex);
    }
  }

  private static byte[] modbusData(byte[] frame) throws UnreadableAnswer {
    if (frame.length >= 2 && at(frame, 0) == 0xAA && at(frame, 1) == 0x55) {
      int end = rtuEnd(frame);
      if (crc16(frame, 2, end) != (at(frame, end) | (at(frame, end + 1) << 8))) {
        throw new UnreadableAnswer("the check sum of the frame is wrong");
      }
      return payload(frame, 2, end);
    }
    if (frame.length >= 9 && word(frame, 2) == 0) { // Modbus TCP: transaction, protocol 0, length
      if (word(frame, 4) != frame.length - 6) {
        throw new UnreadableAnswer("the frame is not complete");
      }
      return payload(frame, 6, frame.length);
    }
    throw new UnreadableAnswer("the answer is no frame of a GoodWe inverter");
  }

  /// Where the check sum starts. An inverter sometimes sends its answer twice; what else is longer
  /// than it says is refused.
  private static int rtuEnd(byte[] frame) throws UnreadableAnswer {
    if (frame.length < 7) {
      throw new UnreadableAnswer("the frame is not complete");
    }
    int end = (at(frame, 3) & 0x80) != 0 ? 5 : 5 + at(frame, 4);
    boolean twice =
        frame.length == 2 * (end + 2)
            && Arrays.equals(frame, 0, end + 2, frame, end + 2, frame.length);
    if (frame.length != end + 2 && !twice) {
      throw new UnreadableAnswer("the frame is not complete");
    }
    return end;
  }

  private static byte[] payload(byte[] frame, int start, int end) throws UnreadableAnswer {
    int function = at(frame, start + 1);
    if ((function & 0x80) != 0) {
      throw new UnreadableAnswer(
          "the inverter refuses the request (Modbus exception %d)".formatted(at(frame, start + 2)));
    }
    int count = at(frame, start + 2);
    if (function != READ || count % 2 != 0 || start + 3 + count != end) {
      throw new UnreadableAnswer("the frame does not answer a request for registers");
    }
    return Arrays.copyOfRange(frame, start + 3, end);
  }

  private static byte[] olderData(byte[] frame) throws UnreadableAnswer {
    if (frame.length < 9 || at(frame, 0) != 0xAA || at(frame, 1) != 0x55) {
      throw new UnreadableAnswer("the answer is no frame of a GoodWe inverter");
    }
    int end = 7 + at(frame, 6);
    if (frame.length != end + 2) {
      throw new UnreadableAnswer("the frame is not complete");
    }
    if (sum(frame, 0, end) != word(frame, end)) {
      throw new UnreadableAnswer("the check sum of the frame is wrong");
    }
    if ((at(frame, 5) & 0x80) == 0) {
      throw new UnreadableAnswer("the frame is a request, not an answer");
    }
    return Arrays.copyOfRange(frame, 7, end);
  }

  /// The check sum of Modbus RTU (MODBUS over Serial Line 1.02, section 6.2.2).
  public static int crc16(byte[] bytes, int start, int end) {
    int crc = 0xFFFF;
    for (int i = start; i < end; i++) {
      crc ^= bytes[i] & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xA001;
      }
    }
    return crc;
  }

  /// The check sum of the maker's older protocol.
  public static int sum(byte[] bytes, int start, int end) {
    int sum = 0;
    for (int i = start; i < end; i++) {
      sum += bytes[i] & 0xFF;
    }
    return sum & 0xFFFF;
  }

  private static int at(byte[] bytes, int index) {
    return index < bytes.length ? bytes[index] & 0xFF : 0;
  }

  private static int word(byte[] bytes, int index) {
    return (at(bytes, index) << 8) | at(bytes, index + 1);
  }
}
