// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

final class RegistersTest {
  private static Object document(Map<String, ?> section, String answer) throws UnreadableAnswer {
    SettingsReader reader = SettingsReader.of("answer", section);
    RegistersFormat format = RegistersFormat.create(reader);
    reader.finish();
    return format.document(answer);
  }

  private static Object value(Object point, String words) throws UnreadableAnswer {
    Object document =
        document(
            Map.of("points", Map.of("x", point)),
            "{\"unit_id\":1,\"holding\":{\"10\":[" + words + "]}}");
    return ((Map<?, ?>) document).isEmpty()
        ? "unknown"
        : ((Map<?, ?>) document).values().toArray()[0];
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10 int16          | 65436       | -100",
        "10 int16          | 32768       | unknown",
        "10 uint16 * 0.1   | 655         | 65.5",
        "10 uint16         | 65535       | unknown",
        "10 int32          | 65535,65436 | -100",
        "10 int32          | 32768,0     | unknown",
        "10 int32          | 32767,65535 | unknown",
        "10 uint32         | 1,0         | 65536",
        "10 uint32         | 65535,65535 | unknown",
        "10 int64          | 0,0,0,7     | 7",
        "10 uint64         | 65535,65535,65535,65535 | unknown",
        "10 acc32          | 0,0         | unknown",
        "10 float32        | 17530,0     | 1000.0",
        "10 float32        | 32704,0     | unknown",
        "10 float32        | 65407,65535 | unknown",
        "10 bitfield16     | 10          | [1, 3]",
        "0x0A uint16       | 7           | 7",
        "10 uint32         | 7           | unknown",
        "11 uint16         | 7           | unknown"
      })
  void readsEachType_andLeavesOutWhatIsNotKnown(String point, String words, String expected)
      throws Exception {
    assertThat(value(point, words)).hasToString(expected);
  }

  @Test
  void readsLowWordsFirst_whereTheProfileSaysSo() throws Exception {
    assertThat(value(Map.of("address", 10, "type", "int32", "words", "low-first"), "1200,0"))
        .hasToString("1200");
  }

  @Test
  void takesTheScaleFromItsRegister() throws Exception {
    Map<String, Object> point = Map.of("address", 10, "type", "int16", "scale-register", 11);

    assertThat(value(point, "123,65534")).hasToString("1.23");
    assertThat(value(point, "123,11")).isEqualTo("unknown");
    assertThat(value(point, "123,32768")).isEqualTo("unknown");
    assertThat(value(point, "123")).isEqualTo("unknown");
  }

  @Test
  void leavesOutTheValuesThatTheProfileNames() throws Exception {
    Map<String, Object> point = Map.of("address", 10, "type", "int16", "nan", List.of(32767));

    assertThat(value(point, "32767")).isEqualTo("unknown");
    assertThat(value(point, "32766")).hasToString("32766");
  }

  @Test
  void readsText() throws Exception {
    assertThat(value(Map.of("address", 10, "type", "string", "length", 3), "21365,28243,0"))
        .isEqualTo("SunS");
  }

  @Test
  void readsTheOtherFormOfAnAnswer_andGaps() throws Exception {
    Map<String, Object> section =
        Map.of("kind", "input", "points", Map.of("a", "5 uint16", "b", "6 uint16"));

    assertThat(
            document(
                section,
                "{\"base_address\":5,\"function\":\"input\",\"registers\":[null,\"0x10\"]}"))
        .isEqualTo(Map.of("b", 16L));
  }

  @Test
  void givesBackWhatItWrote() throws Exception {
    Registers registers = new Registers(3);
    registers.put(RegisterKind.HOLDING, 7, List.of(1, 2));
    registers.put(RegisterKind.HOLDING, 9, List.of(3));
    registers.put(RegisterKind.INPUT, 1, List.of(9));

    assertThat(registers.text())
        .isEqualTo("{\"unit_id\":3,\"holding\":{\"7\":[1,2,3]},\"input\":{\"1\":[9]}}");
    assertThat(Registers.read(registers.text()).text()).isEqualTo(registers.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1,2]",
        "{}",
        "{\"holding\":[1]}",
        "{\"holding\":{\"x\":[1]}}",
        "{\"holding\":{\"65536\":[1]}}",
        "{\"holding\":{\"65535\":[1,2]}}",
        "{\"holding\":{\"5\":[70000]}}",
        "{\"holding\":{\"5\":[1.5]}}",
        "{\"holding\":{\"5\":7}}",
        "{\"holding\":{\"5\":[1,2],\"6\":[3]}}",
        "{\"registers\":[1]}",
        "{\"base_address\":0,\"function\":\"coil\",\"registers\":[1]}",
        "{\"unit_id\":300,\"registers\":[1],\"base_address\":0}",
        "{\"unit_id\":1,\"holding\":{\"5\":[1,"
      })
  void refusesWhatIsNoRegisters(String answer) {
    assertThatThrownBy(() -> Registers.read(answer)).isInstanceOf(UnreadableAnswer.class);
  }

  @Test
  void namesEveryMistakeOfAProfile() {
    assertThatThrownBy(
            () ->
                document(
                    Map.of(
                        "kind",
                        "coil",
                        "points",
                        Map.of(
                            "a",
                            "10 word",
                            "b",
                            "70000 int16",
                            "c",
                            Map.of("type", "int16"),
                            "d",
                            Map.of("address", 1, "type", "int16", "scael", 2))),
                    "{\"unit_id\":1}"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("answer.kind must be holding or input")
        .hasMessageContaining("answer.points.a must be an address and a type")
        .hasMessageContaining("answer.points.b must be an address and a type")
        .hasMessageContaining("answer.points.c.address must be")
        .hasMessageContaining("Unknown key 'scael'");
  }
}
