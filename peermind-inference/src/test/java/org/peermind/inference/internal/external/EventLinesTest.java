// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

class EventLinesTest {
  private static final long PLENTY = 1L << 30;

  @Test
  void joinsDataLinesAndIgnoresCommentsAndOtherFields() throws Exception {
    assertThat(
            all(
                "\ufeff: hello\r\nevent: x\r\nid: 7\rretry: 5\ndata: one\ndata:two\n\n\ndata\n"
                    .replace("data\n", "data: three\n\n")))
        .containsExactly("one\ntwo", "three");
  }

  @Test
  void givesTheSameEventsHoweverTheBytesAreCut() {
    byte[] stream =
        "data: Grüße, 世界 🌞\r\n\r\n: ping\n\ndata: {\"a\":1}\n\n".getBytes(StandardCharsets.UTF_8);
    Property.forAll(
        20_261_122L,
        200,
        random -> {
          EventLines lines = new EventLines(PLENTY);
          List<String> events = new ArrayList<>();
          int from = 0;
          while (from < stream.length) {
            int to = Math.min(stream.length, from + 1 + random.nextInt(7));
            events.addAll(feed(lines, java.util.Arrays.copyOfRange(stream, from, to)));
            from = to;
          }
          assertThat(events).containsExactly("Grüße, 世界 🌞", "{\"a\":1}");
        });
  }

  @Test
  void refusesALineOfTenMegabytes_withoutKeepingIt() {
    EventLines lines = new EventLines(PLENTY);
    byte[] part = "x".repeat(64 * 1024).getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(
            () -> {
              for (int part64 = 0; part64 < 160; part64++) {
                lines.feed(part);
              }
            })
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("more than 1048576 bytes");
  }

  @Test
  void refusesDataThatAddsUpOverManyLines() {
    EventLines lines = new EventLines(PLENTY);
    byte[] line = ("data: " + "x".repeat(64 * 1024) + "\n").getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(
            () -> {
              for (int count = 0; count < 17; count++) {
                lines.feed(line);
              }
            })
        .isInstanceOf(ServerException.class);
  }

  @Test
  void refusesMoreThanTheWholeMayTake() {
    EventLines lines = new EventLines(100);
    assertThatThrownBy(() -> lines.feed(new byte[101]))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("more than an answer of this length");
  }

  @Test
  void refusesBytesThatAreNoUtf8AndLinesThatAreNoEvent() {
    assertThatThrownBy(() -> new EventLines(PLENTY).feed(new byte[] {(byte) 0xff, '\n'}))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("not UTF-8");
    assertThatThrownBy(() -> all("<html>\n"))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("no event");
  }

  private static List<String> all(String stream) throws ServerException {
    return new EventLines(PLENTY).feed(stream.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> feed(EventLines lines, byte[] chunk) {
    try {
      return lines.feed(chunk);
    } catch (ServerException refused) {
      throw new AssertionError(refused);
    }
  }
}
