// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

/// Datagrams in the form of SMA's technical information "SMA Energy Meter protocol".
final class SpeedwireFormatTest {
  private static final String HEAD = "534d4100 0004 02a0 00000001 ";
  private static final String METER = "6069 0174 71557c32 01020304 ";
  private final SpeedwireFormat format = new SpeedwireFormat();

  private static String datagram(String data) {
    int bytes = data.replace(" ", "").length() / 2;
    return HEAD + "%04x 0010 ".formatted(bytes) + data + " 00000000";
  }

  @Test
  void namesEachMeasurement() throws Exception {
    assertThat(
            format.document(
                datagram(
                    METER
                        + "00010400 000054e0 00010800 0000000d20d52370 00020400 ffffffff"
                        + "90000000 02000852")))
        .isEqualTo(
            Map.of(
                "susy", 0x174,
                "serial", 1901427762L,
                "ticks", 0x01020304L,
                "1.4.0", 21728L,
                "1.8.0", 0x0d20d52370L));
  }

  private void refuses(String datagram, String clause) {
    assertThatThrownBy(() -> format.document(datagram))
        .isInstanceOf(UnreadableAnswer.class)
        .hasMessageContaining(clause);
  }

  @Test
  void refusesOtherDatagrams() {
    refuses("", "no datagram of an SMA device");
    refuses("414d5300", "no datagram of an SMA device");
    refuses("xyz", "no datagram in hexadecimal");
    refuses("00".repeat(3001), "longer than a datagram");
    refuses(HEAD, "holds no data");
    refuses(HEAD + "00000000", "holds no data");
    refuses(HEAD + "0100 0010 6069", "not complete");
    refuses(datagram(""), "not complete");
    refuses(datagram("6069 0174"), "not complete");
    refuses(datagram("6065 0174 71557c32 01020304"), "protocol 0x6065");
    refuses(datagram(METER + "00010400 0000"), "ends within a measurement");
    refuses(datagram(METER + "00010400 00000001 00010400 00000002"), "1.4.0 is there twice");
  }
}
