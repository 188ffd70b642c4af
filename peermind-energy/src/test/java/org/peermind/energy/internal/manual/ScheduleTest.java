// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.manual;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.SettingsReader;

class ScheduleTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static Schedule schedule(Object... entries) {
    SettingsReader section =
        SettingsReader.of("energy.manual", Map.of("schedule", List.of(entries)));
    Schedule schedule = Schedule.read(section);
    section.finish();
    return schedule;
  }

  private static OptionalLong watts(Schedule schedule, String local) {
    return schedule.wattsAt(ZonedDateTime.of(LocalDateTime.parse(local), BERLIN));
  }

  @Test
  void coversItsHours_onItsDays() {
    Schedule schedule =
        schedule(
            Map.of("from", "10:00", "to", "15:30", "watts", "1.5 kW", "days", List.of("mon-fri")));

    assertThat(watts(schedule, "2026-06-22T09:59:59")).isEmpty();
    assertThat(watts(schedule, "2026-06-22T10:00:00")).hasValue(1_500);
    assertThat(watts(schedule, "2026-06-22T15:29:59")).hasValue(1_500);
    assertThat(watts(schedule, "2026-06-22T15:30:00")).isEmpty();
    assertThat(watts(schedule, "2026-06-27T12:00:00")).isEmpty();
  }

  @Test
  void goesOnIntoTheNextDay() {
    Schedule schedule =
        schedule(Map.of("from", "22:00", "to", "06:00", "watts", 300, "days", List.of("sun")));

    assertThat(watts(schedule, "2026-06-21T23:00:00")).hasValue(300);
    assertThat(watts(schedule, "2026-06-22T05:59:59")).hasValue(300);
    assertThat(watts(schedule, "2026-06-22T22:30:00")).isEmpty();
    assertThat(watts(schedule, "2026-06-21T05:00:00")).isEmpty();
  }

  @Test
  void takesTheSmallerPower_whereEntriesOverlap() {
    Schedule schedule =
        schedule(
            Map.of("from", "08:00", "to", "24:00", "watts", 800),
            Map.of("from", "10:00", "to", "11:00", "watts", 200));

    assertThat(watts(schedule, "2026-06-22T10:30:00")).hasValue(200);
    assertThat(watts(schedule, "2026-06-22T23:59:59")).hasValue(800);
    assertThat(watts(schedule, "2026-06-22T00:00:00")).isEmpty();
  }

  @Test
  void readsTimesAsYamlGivesThem() {
    Schedule schedule = schedule(Map.of("from", 600, "to", 1_440, "watts", 100));

    assertThat(watts(schedule, "2026-06-22T10:00:00")).hasValue(100);
    assertThat(watts(schedule, "2026-06-22T09:59:00")).isEmpty();
  }

  @Test
  void keepsTheClockOnTheWall_whenItIsPutForward() {
    Schedule schedule = schedule(Map.of("from", "01:30", "to", "03:30", "watts", 100));
    ZonedDateTime beforeTheGap = ZonedDateTime.of(2026, 3, 29, 1, 59, 59, 0, BERLIN);

    assertThat(schedule.wattsAt(beforeTheGap)).hasValue(100);
    assertThat(schedule.wattsAt(beforeTheGap.plusSeconds(1))).hasValue(100); // 03:00
    assertThat(schedule.wattsAt(beforeTheGap.plusMinutes(31))).isEmpty();
  }
}
