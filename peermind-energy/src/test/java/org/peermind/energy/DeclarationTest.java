// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.energy.Declaration.What;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SourceKind;
import org.peermind.testkit.Property;

class DeclarationTest {
  private static final Instant NOON = Instant.parse("2026-06-21T11:00:00Z");

  @Test
  void readsPowerTimeAndSource_asPeopleWriteThem() {
    assertThat(Declaration.watts("400W")).isEqualTo(400);
    assertThat(Declaration.watts("1.5 kW")).isEqualTo(1_500);
    assertThat(Declaration.watts("250.9")).isEqualTo(250);
    assertThat(Declaration.duration("4h")).isEqualTo(Duration.ofHours(4));
    assertThat(Declaration.duration("90min")).isEqualTo(Duration.ofMinutes(90));
    assertThat(Declaration.duration("12h")).isEqualTo(Duration.ofHours(12));
    assertThat(Declaration.source("hydro")).isEqualTo(SourceKind.HYDRO);
  }

  @Test
  void refusesInOneSentence_whatCannotBeDeclared() {
    refuses(() -> Declaration.watts("-5W"), "'-5W' is no power; write one such as 400W or 1.5kW.");
    refuses(() -> Declaration.watts("0W"), "'0W' is no power; `peermind energy declare --off`");
    refuses(() -> Declaration.watts("9999kW"), "'9999kW' is more than the 1000 kW");
    refuses(() -> Declaration.duration("13h"), "for at most 12 hours, not 13h;");
    refuses(() -> Declaration.duration("721min"), "for at most 12 hours");
    refuses(() -> Declaration.duration("soon"), "'soon' is no time");
    refuses(() -> Declaration.duration("0h"), "'0h' is no time");
    refuses(() -> Declaration.source("coal"), "'coal' is no source; known are pv, wind and hydro.");
    refuses(() -> Declaration.source("generator"), "Declared power of a generator never counts");
    refuses(() -> Declaration.source("grid"), "Declared power of a grid never counts");
    refuses(() -> Declaration.source("battery"), "Declared power of a battery never counts");
  }

  private static void refuses(Runnable reading, String sentence) {
    assertThatThrownBy(reading::run)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void readsBackWhatItWrote() {
    for (What what : List.of(new What.HandSet(400, SourceKind.WIND), new What.Scheduled())) {
      Declaration declaration =
          new Declaration(what, NOON.plusNanos(1_234_567), NOON.plus(Duration.ofHours(12)));

      assertThat(Declaration.read(declaration.text())).isEqualTo(declaration);
    }
  }

  @Test
  void holdsForTwelveHoursAtMost() {
    What what = new What.Scheduled();

    assertThatThrownBy(
            () -> new Declaration(what, NOON, NOON.plus(Duration.ofHours(12)).plusMillis(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Declaration(what, NOON, NOON))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readsOrRefuses_whateverTheFileHolds() {
    String good =
        new Declaration(new What.HandSet(400, SourceKind.PV), NOON, NOON.plusSeconds(60)).text();
    Property.forAll(
        1,
        3_000,
        random -> {
          StringBuilder text = new StringBuilder(good);
          for (int i = 0; i < 1 + random.nextInt(4); i++) {
            text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(10, 127));
          }
          try {
            Declaration read = Declaration.read(text.toString());
            assertThat(Duration.between(read.at(), read.until()))
                .isLessThanOrEqualTo(Declaration.LONGEST);
          } catch (IllegalArgumentException refused) {
            assertThat(refused).isNotNull();
          }
        });
  }
}
