// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.energy.SiteHistory.Slot;
import org.peermind.energy.spi.Place;

class ForecastTest {
  private static final Place PLACE = new Place(48.1, 11.6, ZoneOffset.UTC);
  private static final Instant START = Instant.parse("2026-06-01T00:00:00Z");
  private static final long FIRST = START.getEpochSecond() / SiteHistory.SLOT_SECONDS;

  @Test
  void tellsNothing_beforeItHasSeenAFewDays() {
    Forecast forecast = new Forecast(SiteHistory.of(clearDays(96 / 2)), PLACE);
    assertThat(forecast.hour(START.plus(Duration.ofHours(12)), 1)).isEmpty();
    assertThat(forecast.day(START.plus(Duration.ofHours(12)))).isEmpty();
  }

  @Test
  void expectsClearSkyAfterClearDays_lessWhatTheSiteUses() {
    Forecast forecast = new Forecast(SiteHistory.of(clearDays(10 * 96 + 40)), PLACE);
    Instant now = START.plus(Duration.ofHours(250));
    Forecast.Hour hour = forecast.hour(now, 1).orElseThrow();
    double clear = 5 * ClearSky.irradiance(PLACE, now.plus(Duration.ofMinutes(30)));
    assertThat(hour.productionP50().value()).isCloseTo(clear, within(0.03 * clear));
    assertThat(hour.spareP50().orElseThrow().value())
        .isCloseTo(hour.productionP50().value() - 300, within(1e-6));
    assertThat(hour.productionP10().value()).isLessThanOrEqualTo(hour.productionP50().value());
  }

  @Test
  void expectsNothingAtNight() {
    Forecast forecast = new Forecast(SiteHistory.of(clearDays(10 * 96)), PLACE);
    Forecast.Hour midnight = forecast.hour(START.plus(Duration.ofDays(10)), 1).orElseThrow();
    assertThat(midnight.productionP50().value()).isZero();
    assertThat(midnight.spareP10().orElseThrow().value()).isEqualTo(-300);
  }

  @Test
  void keepsAHistoryOfTwoWeeks_throughItsTextForm() {
    SiteHistory history = SiteHistory.of(clearDays(20 * 96));
    assertThat(history.slots()).hasSize(SiteHistory.SLOTS_MAX);
    Optional<SiteHistory> read = SiteHistory.parse(history.text(), START.plus(Duration.ofDays(21)));
    assertThat(read.orElseThrow().text()).isEqualTo(history.text());
  }

  @Test
  void refusesATextThatIsNoHistory() {
    assertThat(SiteHistory.parse("", START)).isEmpty();
    assertThat(SiteHistory.parse("peermind-site-history 2\n", START)).isEmpty();
    assertThat(SiteHistory.parse("peermind-site-history 1\n1 NaN -\n", START)).isEmpty();
    assertThat(SiteHistory.parse("peermind-site-history 1\n1 2.0\n", START)).isEmpty();
  }

  @Test
  void leavesOutQuarterHoursOfTheFuture() {
    SiteHistory history = SiteHistory.of(clearDays(96));
    assertThat(SiteHistory.parse(history.text(), START).orElseThrow().slots()).isEmpty();
  }

  @Test
  void averagesSamplesOverAQuarterHour_andKeepsAnUnknownUseUnknown() {
    SiteHistory history = SiteHistory.empty();
    for (int i = 0; i < 10; i++) {
      history = history.with(START.plusSeconds(60L * i), 100 * i, Double.NaN);
    }
    assertThat(history.slots()).isEmpty();
    history = history.with(START.plusSeconds(900), 1, 1);
    assertThat(history.slots()).hasSize(1);
    assertThat(history.slots().getFirst().productionWatts()).isEqualTo(450);
    assertThat(history.slots().getFirst().baseWatts()).isNaN();
  }

  @Test
  void dropsAQuarterHourOfTooFewSamples() {
    SiteHistory history = SiteHistory.empty().with(START, 100, 10);
    assertThat(history.with(START.plusSeconds(900), 1, 1).slots()).isEmpty();
  }

  private static List<Slot> clearDays(int count) {
    List<Slot> slots = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      slots.add(new Slot(FIRST + i, 5 * SiteHistory.clearSky(PLACE, FIRST + i), 300));
    }
    return slots;
  }
}
