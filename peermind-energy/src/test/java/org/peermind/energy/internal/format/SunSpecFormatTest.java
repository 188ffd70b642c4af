// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SunSpecFormatTest {
  private static final List<Integer> MARKER = List.of(0x5375, 0x6E53);

  private static Map<?, ?> document(int base, List<Integer> words) throws UnreadableAnswer {
    Registers registers = new Registers(1);
    registers.put(RegisterKind.HOLDING, base, words);
    return (Map<?, ?>) new SunSpecFormat().document(registers.text());
  }

  @SafeVarargs
  private static List<Integer> map(List<Integer>... models) {
    List<Integer> words = new ArrayList<>(MARKER);
    for (List<Integer> model : models) {
      words.addAll(model);
    }
    return words;
  }

  private static List<Integer> model(int id, int length) {
    List<Integer> words = new ArrayList<>(Collections.nCopies(length + 2, 0));
    words.set(0, id);
    words.set(1, length);
    return words;
  }

  private static List<Integer> inverter(int watts, int scaleFactor) {
    List<Integer> words = model(103, 50);
    words.set(14, watts & 0xFFFF);
    words.set(15, scaleFactor & 0xFFFF);
    words.set(38, 4);
    return words;
  }

  private static List<?> models(Map<?, ?> document) {
    return (List<?>) Objects.requireNonNull(document.get("models"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 40_000, 50_000, 1234})
  void findsTheMarker_whereverTheMapBegins(int base) throws Exception {
    Map<?, ?> document = document(base, map(inverter(297, 1), List.of(0xFFFF, 0)));

    assertThat(models(document).getFirst())
        .extracting("id", "W", "St")
        .containsExactly(103, 2970.0, 4L);
  }

  @Test
  void skipsWhatItDoesNotKnow_andKeepsModelsThatRepeat() throws Exception {
    Map<?, ?> document =
        document(40_000, map(model(1, 65), model(64_001, 7), inverter(5, 0), inverter(6, 0)));

    assertThat(models(document)).hasSize(3);
    assertThat(models(document).get(2)).extracting("W").isEqualTo(6.0);
  }

  @ParameterizedTest
  @ValueSource(ints = {11, -11, 0x8000})
  void leavesOutAValue_whoseScaleFactorIsNone(int scaleFactor) throws Exception {
    assertThat(models(document(0, map(inverter(297, scaleFactor)))).getFirst())
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .doesNotContainKey("W");
  }

  @Test
  void readsWhatRepeatsWithinAModel_nomoreThanFits() throws Exception {
    List<Integer> trackers = model(160, 8 + 40);
    trackers.set(4, 0xFFFF); // DCW_SF -1
    trackers.set(8, 9); // claims nine
    trackers.set(10 + 11, 1234);
    trackers.set(30 + 11, 0xFFFF);

    assertThat(models(document(0, map(trackers))).getFirst())
        .extracting("module")
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .hasSize(2)
        .first()
        .extracting("nr", "DCW")
        .containsExactly(1, 123.4);
  }

  @Test
  void refusesAModelThatIsCutOff_ratherThanGuess() {
    List<Integer> words = map(inverter(5, 0)).subList(0, 40);

    assertThatThrownBy(() -> document(0, words)).hasMessage("the registers end within model 103");
  }

  @Test
  void refusesRegistersWithoutTheMarker() {
    assertThatThrownBy(() -> document(40_000, List.of(103, 50, 1)))
        .hasMessage("the registers carry no SunSpec marker");
  }

  @Test
  void readsPointsThatAnotherProgramNamed() throws Exception {
    Map<?, ?> document =
        (Map<?, ?>)
            new SunSpecFormat()
                .document(
                    """
                    {"models":[{"ID":701,"L":null,"W":98,"W_SF":2,"Hz":60010,"Hz_SF":-3,"InvSt":65535},
                    {"ID":160,"points":{"N":1,"DCW_SF":0},"module":[{"ID":1,"DCW":40}]},
                    {"id":802,"points":[{"name":"W","value":-32768},{"name":"SoC","value":"61.5"}]},
                    {"ID":65535,"L":0}]}\
                    """);

    assertThat(models(document))
        .hasToString(
            "[{id=701, W=9800.0, Hz=60.01}, {id=160, N=1.0, module=[{nr=1, ID=1.0, DCW=40.0}]},"
                + " {id=802, SoC=61.5}]");
  }
}
