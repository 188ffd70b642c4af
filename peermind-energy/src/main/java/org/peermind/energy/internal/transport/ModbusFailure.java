// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// Why a Modbus request got no registers; the message is a clause without a full stop.
final class ModbusFailure extends Exception {
  private static final long serialVersionUID = 1;

  /// Illegal data address: the device has no such register.
  static final int NO_SUCH_REGISTER = 2;

  /// Illegal data value: some devices say it in place of the former.
  static final int NO_SUCH_COUNT = 3;

  private static final int BUSY = 6;
  private static final int WAITING = -1;
  private static final int NO_MARKER = -2;

  /// The exception code of the Modbus application protocol (section 7), 0 when the link is broken,
  /// negative when nothing was asked or found.
  private final int code;

  private ModbusFailure(int code, String clause) {
    super(clause);
    this.code = code;
  }

  static ModbusFailure link(String clause) {
    return new ModbusFailure(0, clause);
  }

  /// No connection is tried before `left` has passed.
  static ModbusFailure waiting(Duration left) {
    return new ModbusFailure(
        WAITING,
        "the connection was lost and is tried again in %d s"
            .formatted(Math.max(1, left.toSeconds())));
  }

  /// The device has none of the marks of a SunSpec device.
  static ModbusFailure noSunSpec(List<Integer> bases) {
    String places = bases.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return new ModbusFailure(
        NO_MARKER,
        "there is no SunSpec marker at register %s; look at the unit and the device's settings"
            .formatted(places));
  }

  /// What the device refused.
  static ModbusFailure refused(int code, String registers) {
    String clause =
        switch (code) {
          case 1 -> "the device does not know the function that reads " + registers;
          case NO_SUCH_REGISTER ->
              "the device has no %s; look at the profile, the unit and the device's settings"
                  .formatted(registers);
          case NO_SUCH_COUNT ->
              "the device refuses to read %s at once; set registers-max lower".formatted(registers);
          case 4 -> "the device failed while it read " + registers;
          case 5 -> "the device needs longer to read " + registers;
          case BUSY -> "the device is busy";
          case 10 -> "the gateway has no path to this unit";
          case 11 -> "no device answers the gateway for this unit; look at the unit";
          default -> "the device refuses to read " + registers;
        };
    return new ModbusFailure(code, "%s (Modbus exception %d)".formatted(clause, code));
  }

  /// Whether the connection is of no more use.
  boolean linkBroken() {
    return code == 0;
  }

  /// Whether the registers are not there, rather than not readable for now.
  boolean absent() {
    return code == NO_SUCH_REGISTER || code == NO_SUCH_COUNT;
  }

  /// Whether another address of the same device may still answer.
  boolean elsewhere() {
    return code > 0 && code < 5;
  }

  String clause() {
    return String.valueOf(getMessage());
  }
}
