// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.peermind.node.evaluation.SpeedMeter.Speed;
import org.peermind.node.evaluation.SpeedMeter.Window;
import org.peermind.protocol.governance.Figures;

class GatheredTest {
  private static final long SECOND = 1_000_000_000;
  private static final OptionalDouble UNKNOWN = OptionalDouble.empty();

  private final Gathered gathered = new Gathered();

  @Test
  void sumsTheWindowsOfEachKind_asThousandthsOfATokenASecond() {
    gathered.window(Speed.PROMPT, new Window(300, SECOND, 3, List.of()), SECOND, UNKNOWN);
    gathered.window(Speed.PROMPT, new Window(100, SECOND, 1, List.of()), SECOND, UNKNOWN);
    gathered.window(Speed.ALONE, new Window(7, 2 * SECOND, 8, List.of()), SECOND, UNKNOWN);
    gathered.window(Speed.BY_FOUR, new Window(1, 3 * SECOND, 1, List.of()), SECOND, UNKNOWN);
    Figures figures = gathered.figures(123, 456);

    assertThat(figures.promptSpeed()).isEqualTo(200_000);
    assertThat(figures.speedAlone()).isEqualTo(3_500);
    assertThat(figures.speedByFour()).isEqualTo(333);
    assertThat(figures.peakMib()).isEqualTo(123);
    assertThat(figures.loadMillis()).isEqualTo(456);
    assertThat(figures.microWhPer1kTokens()).isEmpty();
  }

  @Test
  void takesPercentilesOfTheTimesToTheFirstToken_byNearestRank_roundedUp() {
    List<Long> times = LongStream.rangeClosed(1, 40).mapToObj(at -> at * 1_000_000 - 1).toList();
    gathered.window(Speed.ALONE, new Window(1, 1, 1, times.subList(20, 40)), SECOND, UNKNOWN);
    gathered.window(Speed.ALONE, new Window(1, 1, 1, times.subList(0, 20)), SECOND, UNKNOWN);
    Figures figures = gathered.figures(1, 1);

    assertThat(figures.ttftP50Millis()).isEqualTo(20);
    assertThat(figures.ttftP95Millis()).isEqualTo(38);
  }

  /// 36 W for 10 s are 0.1 Wh; for 100 tokens that is 1 Wh for 1,000.
  @Test
  void dividesTheEnergyOfGeneratingWindows_byTheirTokens() {
    gathered.window(
        Speed.ALONE, new Window(39, SECOND, 40, List.of()), 5 * SECOND, OptionalDouble.of(36));
    gathered.window(
        Speed.BY_FOUR, new Window(60, SECOND, 60, List.of()), 5 * SECOND, OptionalDouble.of(36));
    gathered.window(
        Speed.PROMPT, new Window(900, SECOND, 9, List.of()), 5 * SECOND, OptionalDouble.of(99));
    gathered.window(Speed.BY_FOUR, new Window(60, SECOND, 60, List.of()), 5 * SECOND, UNKNOWN);

    assertThat(gathered.figures(1, 1).microWhPer1kTokens()).hasValue(1_000_000);
  }

  @Test
  void remembersWhichItemsWereRight_andTheirTokens() {
    gathered.item(heard(List.of(1, 258)), true);
    gathered.item(heard(List.of()), false);
    gathered.item(heard(List.of(-1)), true);

    assertThat(gathered.items()).isEqualTo(3);
    assertThat(gathered.figures(1, 1).rightItems()).containsExactlyInAnyOrder(0, 2);
    assertThat(gathered.tokens(0)).containsExactly(0, 0, 0, 1, 0, 0, 1, 2);
    assertThat(gathered.tokens(1)).isEmpty();
    assertThat(gathered.tokens(2)).containsExactly(-1, -1, -1, -1);
  }

  @Test
  void givesFiguresThatARecordMayHold_whenNothingWasMeasured() {
    Figures figures = new Gathered().figures(0, 0);

    assertThat(figures.speedAlone()).isEqualTo(1);
    assertThat(figures.ttftP95Millis()).isEqualTo(1L << 40);
    assertThat(figures.peakMib()).isEqualTo(1);
  }

  private static Hearing.Heard heard(List<Integer> tokens) {
    return new Hearing.Heard("", tokens, false, 1, 1, 1, 1, Optional.empty());
  }
}
