// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.peermind.energy.SiteHistory.Slot;
import org.peermind.energy.spi.Place;

/// Scores the forecast by pinball loss, the mean of the levels 10 % and 50 %, as a share of mean
/// production, and by how many daylight hours exceed P10 (nine of ten should), beside three rivals:
/// what is produced now stays; the clear sky comes; the index of the clear sky stays.
class ForecastScoreTest {
  private static final int HOUR = 4;

  /// Three hours: every time of day comes, and the test stays short.
  private static final int STEP = 12;

  private static final int SLOTS_PER_DAY = 96;
  private static final int LEARNT = 14 * SLOTS_PER_DAY;
  private static final long FIRST =
      Instant.parse("2022-01-01T00:00:00Z").getEpochSecond() / SiteHistory.SLOT_SECONDS;

  /// @param ours the mean of the two losses, as those of the rivals
  /// @param p10 our loss at the level 10 %
  /// @param p50 our loss at the level 50 %
  /// @param covered the share of daylight hours that exceeded P10
  private record Score(
      double ours,
      double persistence,
      double clearSky,
      double indexStays,
      double p10,
      double p50,
      double covered) {
    static final Score NONE = new Score(0, 0, 0, 0, 0, 0, 0);

    Score plus(Score other) {
      return new Score(
          ours + other.ours,
          persistence + other.persistence,
          clearSky + other.clearSky,
          indexStays + other.indexStays,
          p10 + other.p10,
          p50 + other.p50,
          covered + other.covered);
    }

    Score times(double factor) {
      return new Score(
          ours * factor,
          persistence * factor,
          clearSky * factor,
          indexStays * factor,
          p10 * factor,
          p50 * factor,
          covered * factor);
    }
  }

  @Test
  void beatsPersistenceAndClearSky_onSeededCloudyDays() {
    Place place = new Place(48.1, 11.6, ZoneOffset.UTC);
    for (int ahead : new int[] {1, 24}) {
      Score sum = Score.NONE;
      for (long seed = 1; seed <= 3; seed++) {
        sum = sum.plus(score(place, cloudy(place, seed, 120), 100, 20, ahead));
      }
      Score mean = sum.times(1 / 3.0);
      print("seeded clouds", ahead, mean);
      beats(mean);
    }
  }

  @Test
  void beatsPersistenceAndClearSky_onRecordedWeather() throws IOException {
    String fixtures = System.getProperty("peermind.fixtures", "");
    assumeThat(fixtures)
        .as("the system property peermind.fixtures names no directory")
        .isNotEmpty();
    List<Path> files;
    try (Stream<Path> found = Files.walk(Path.of(fixtures, "weather"))) {
      files = found.filter(file -> file.toString().endsWith(".csv")).sorted().toList();
    }
    assertThat(files).isNotEmpty();
    for (int ahead : new int[] {1, 24}) {
      Score sum = Score.NONE;
      for (Path file : files) {
        Score site = Score.NONE;
        Recorded recorded = recorded(file);
        for (int day : new int[] {110, 290}) {
          site = site.plus(score(recorded.place, recorded.slots, day, 10, ahead).times(0.5));
        }
        print(String.valueOf(file.getFileName()), ahead, site);
        sum = sum.plus(site.times(1.0 / files.size()));
      }
      print("all", ahead, sum);
      beats(sum);
    }
  }

  private static void beats(Score score) {
    assertThat(score.ours).isLessThan(score.persistence);
    assertThat(score.ours).isLessThan(score.clearSky);
    assertThat(score.ours).isLessThan(score.indexStays);
    assertThat(score.covered).as("share of daylight hours above P10").isBetween(0.8, 0.98);
  }

  private static void print(String site, int ahead, Score score) {
    System.out.printf(
        Locale.ROOT,
        "forecast | %-20s | %2d h | %.3f | %.3f | %.3f | %.3f | P10 %.3f | P50 %.3f | above P10"
            + " %.2f%n",
        site,
        ahead,
        score.ours,
        score.persistence,
        score.clearSky,
        score.indexStays,
        score.p10,
        score.p50,
        score.covered);
  }

  private static Score score(Place place, List<Slot> slots, int day, int days, int ahead) {
    Score sum = Score.NONE;
    double mean = 0;
    int count = 0;
    int light = 0;
    int covered = 0;
    Map<Long, Double> computed = new HashMap<>();
    LongToDoubleFunction sky =
        number -> computed.computeIfAbsent(number, each -> SiteHistory.clearSky(place, each));
    int last = Math.min((day + days) * SLOTS_PER_DAY, slots.size() - ahead * HOUR);
    for (int present = day * SLOTS_PER_DAY; present < last; present += STEP) {
      List<Slot> known = slots.subList(Math.max(0, present - LEARNT), present);
      Forecast forecast = new Forecast(SiteHistory.of(known), place, sky);
      Instant now = Instant.ofEpochSecond(slots.get(present).number() * SiteHistory.SLOT_SECONDS);
      double outcome = hour(slots, present + (ahead - 1) * HOUR);
      double before = hour(slots, present - HOUR);
      double clearBefore = forecast.clearHour(now.minusSeconds(3600), 1).value();
      double clear = forecast.clearHour(now, ahead).value();
      double stays = clearBefore > 0 ? Math.min(1.2, before / clearBefore) * clear : 0;
      Forecast.Hour hour = forecast.hour(now, ahead).orElseThrow();
      sum =
          sum.plus(
              new Score(
                  pinball(outcome, hour.productionP10().value(), hour.productionP50().value()),
                  pinball(outcome, before, before),
                  pinball(outcome, clear, clear),
                  pinball(outcome, stays, stays),
                  loss(outcome - hour.productionP10().value(), 0.1),
                  loss(outcome - hour.productionP50().value(), 0.5),
                  0));
      if (clear > 0) {
        light++;
        covered += outcome >= hour.productionP10().value() ? 1 : 0;
      }
      mean += outcome;
      count++;
    }
    assertThat(count).isPositive();
    return sum.times(1 / mean).plus(new Score(0, 0, 0, 0, 0, 0, (double) covered / light));
  }

  private static double pinball(double outcome, double p10, double p50) {
    return (loss(outcome - p10, 0.1) + loss(outcome - p50, 0.5)) / 2;
  }

  private static double loss(double error, double level) {
    return error >= 0 ? level * error : (level - 1) * error;
  }

  private static double hour(List<Slot> slots, int first) {
    double sum = 0;
    for (int i = 0; i < HOUR; i++) {
      sum += slots.get(first + i).productionWatts();
    }
    return sum / HOUR;
  }

  /// Days that are clear, broken or dull, each likely to be followed by one of its kind, with
  /// clouds that change from quarter hour to quarter hour; panels that look south-east.
  private static List<Slot> cloudy(Place place, long seed, int days) {
    Random random = new Random(seed);
    List<Slot> slots = new ArrayList<>();
    double kind = 0.6;
    double cloud = 0;
    for (int i = 0; i < (days + 22) * SLOTS_PER_DAY; i++) {
      if (i % SLOTS_PER_DAY == 0) {
        kind = Math.clamp(0.6 + 0.5 * (kind - 0.6) + 0.3 * random.nextGaussian(), 0.1, 1);
      }
      cloud = 0.85 * cloud + 0.12 * random.nextGaussian();
      double index = Math.clamp(kind + cloud * 4 * kind * (1.05 - kind), 0.05, 1);
      double hourOfDay = (i % SLOTS_PER_DAY) / 4.0;
      double tilt = 1 + 0.3 * Math.cos((hourOfDay - 9) * Math.PI / 12);
      double clear = SiteHistory.clearSky(place, FIRST + i);
      slots.add(new Slot(FIRST + i, 5 * clear * tilt * index, 300));
    }
    return slots;
  }

  private record Recorded(Place place, List<Slot> slots) {}

  private static final Pattern HEAD = Pattern.compile("lat=(\\S+) lon=(\\S+)");

  private static Recorded recorded(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    Matcher head = HEAD.matcher(lines.getFirst());
    assertThat(head.find()).isTrue();
    Place place =
        new Place(
            Double.parseDouble(head.group(1)), Double.parseDouble(head.group(2)), ZoneOffset.UTC);
    boolean isCloud = lines.stream().anyMatch(line -> line.startsWith("utc_hour,cloud_pct"));
    List<Slot> slots = new ArrayList<>();
    for (String line : lines) {
      if (!Character.isDigit(line.charAt(0))) {
        continue;
      }
      String[] cells = line.split(",", -1);
      long first = FIRST + HOUR * Long.parseLong(cells[0]);
      double clear = 0;
      for (int i = 0; i < HOUR; i++) {
        clear += SiteHistory.clearSky(place, first + i) / HOUR;
      }
      double value = Double.parseDouble(cells[1]);
      double index =
          isCloud
              ? 1 - 0.75 * Math.pow(value / 100, 3.4)
              : clear < 1 ? 0 : Math.min(2, value / clear);
      for (int i = 0; i < HOUR; i++) {
        double watts = 5 * index * SiteHistory.clearSky(place, first + i);
        slots.add(new Slot(first + i, watts, 300));
      }
    }
    return new Recorded(place, slots);
  }
}
