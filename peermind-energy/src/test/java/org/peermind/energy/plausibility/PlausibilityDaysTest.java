// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.peermind.energy.ClearSky;
import org.peermind.energy.plausibility.Finding.Check;

/// How often honest days are flagged, and how soon series that are not honest.
class PlausibilityDaysTest {
  private static final Instant START = Instant.parse("2026-06-20T00:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  private static boolean has(Verdict verdict, Check check) {
    return verdict.findings().stream().anyMatch(finding -> finding.check() == check);
  }

  private static List<TestSite> sites(int count, long seed) {
    List<TestSite> sites = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double latitude = -60 + 120 * TestSite.uniform(seed, i);
      double longitude = -180 + 359 * TestSite.uniform(seed + 1, i);
      double cloudiness = TestSite.uniform(seed + 2, i);
      sites.add(new TestSite(seed * 1_000 + i, latitude, longitude, cloudiness));
    }
    return sites;
  }

  @Test
  void flagsHardlyAnyHonestDay_underSeededSkies() {
    Plausibility judge = new Plausibility();
    int days = 0;
    int flagged = 0;
    long started = System.nanoTime();
    for (TestSite site : sites(6, 5)) {
      for (int day = 0; day < 2; day++) {
        Instant from = START.plus(DAY.multipliedBy(day));
        Verdict verdict = site.tell(judge, from, from.plus(DAY));
        days++;
        flagged += verdict.findings().isEmpty() ? 0 : 1;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "plausibility: %d of %d honest days flagged; %.1f µs a report%n",
        flagged,
        days,
        (System.nanoTime() - started) / 1e3 / (days * 2_880.0));
    assertThat(flagged).isZero();
  }

  @Test
  void findsTheReplayOfYesterday_withinThreeHoursOfBrokenCloud() {
    int caught = 0;
    for (int seed = 0; seed < 4; seed++) {
      Plausibility judge = new Plausibility();
      TestSite site = new TestSite(200 + seed, 40, 0, 0.5);
      Instant morning = START.plus(Duration.ofHours(7));
      site.tell(judge, morning, morning.plus(Duration.ofHours(9)));
      Instant again = morning.plus(Duration.ofHours(25));
      Verdict verdict = site.tell(judge, again.minusSeconds(30));
      for (int i = 0; i < 360; i++) {
        Instant at = again.plusSeconds(30L * i);
        site.production = OptionalDouble.of(1.1 * site.watts(at.minus(DAY)));
        verdict = site.tell(judge, at);
      }
      caught += has(verdict, Check.REPLAY) ? 1 : 0;
    }
    System.out.printf("plausibility: %d of 4 replays of yesterday found%n", caught);
    assertThat(caught).isEqualTo(4);
  }

  @Test
  void findsTheCloneOfANeighbour_atBothOfThem() {
    Plausibility judge = new Plausibility();
    TestSite honest = new TestSite(301, 40, 0, 0.5);
    TestSite clone = new TestSite(302, 40.1, 0.1, 0.5);
    TestSite bystander = new TestSite(303, 40.1, 0, 0.5);
    Instant at = START.plus(Duration.ofHours(9));
    Instant until = at.plus(Duration.ofHours(3));
    while (at.isBefore(until)) {
      honest.tell(judge, at);
      clone.production = OptionalDouble.of(0.8 * honest.watts(at));
      clone.tell(judge, at);
      bystander.tell(judge, at);
      at = at.plusSeconds(30);
    }
    assertThat(has(honest.tell(judge, at), Check.CLONE)).isTrue();
    assertThat(has(clone.tell(judge, at), Check.CLONE)).isTrue();
    assertThat(has(bystander.tell(judge, at), Check.CLONE)).isFalse();
  }

  @Test
  void findsTheOneThatMakesFarMoreThanItsNeighbours() {
    Plausibility judge = new Plausibility();
    List<TestSite> neighbours = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      neighbours.add(new TestSite(400 + i, 40 + i / 100.0, 0, 0.8));
    }
    TestSite liar = neighbours.getFirst();
    Verdict verdict = liar.tell(judge, START.minusSeconds(60));
    boolean honestFlagged = false;
    for (int step = 0; step < 5 * 1_440; step++) {
      Instant at = START.plusSeconds(60L * step);
      liar.production = OptionalDouble.of(Math.min(4_900, 2 * liar.watts(at)));
      verdict = liar.tell(judge, at);
      for (TestSite other : neighbours.subList(1, 7)) {
        honestFlagged |= has(other.tell(judge, at), Check.SCALE);
      }
    }
    assertThat(verdict.findings()).anyMatch(finding -> finding.check() == Check.SCALE);
    assertThat(honestFlagged).isFalse();
  }

  /// Hours of real weather, with the test's own clouds inside each hour.
  @Test
  void flagsHardlyAnyHonestDay_underRecordedWeather() throws IOException {
    String fixtures = System.getProperty("peermind.fixtures");
    assumeTrue(fixtures != null, "-Dpeermind.fixtures names no directory of recorded weather");
    int days = 0;
    int flagged = 0;
    int refused = 0;
    List<Path> files;
    try (Stream<Path> found = Files.list(Path.of(fixtures, "weather", "tmy"))) {
      files = found.sorted().toList();
    }
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      RecordedYear year = RecordedYear.read(file);
      Plausibility judge = new Plausibility();
      for (int month = 0; month < 12; month++) {
        for (int day = 30 * month; day < 30 * month + 3; day++) {
          Verdict worst = year.tellDay(judge, day);
          days++;
          flagged += worst.findings().isEmpty() ? 0 : 1;
          refused += worst.refuses() ? 1 : 0;
          worst
              .findings()
              .forEach(finding -> System.out.println(file.getFileName() + " " + finding));
        }
      }
    }
    System.out.printf(
        "plausibility: %d of %d recorded days flagged, %d refused%n", flagged, days, refused);
    assertThat(flagged).isLessThanOrEqualTo(Math.max(1, days / 200));
  }

  /// A site whose panels follow the sun, so that they come nearest to the ceiling.
  private record RecordedYear(TestSite site, List<double[]> hours) {
    static RecordedYear read(Path file) throws IOException {
      List<String> lines = Files.readAllLines(file);
      double latitude = number(lines.getFirst(), "lat=");
      double longitude = number(lines.getFirst(), "lon=");
      List<double[]> hours =
          lines.stream()
              .filter(line -> !line.startsWith("#") && !line.startsWith("utc"))
              .map(
                  line -> Stream.of(line.split(",", -1)).mapToDouble(Double::parseDouble).toArray())
              .toList();
      return new RecordedYear(new TestSite(file.hashCode(), latitude, longitude, 0.5), hours);
    }

    private static double number(String header, String key) {
      String rest = header.substring(header.indexOf(key) + key.length());
      return Double.parseDouble(rest.substring(0, rest.indexOf(' ')));
    }

    /// The verdict with the most findings of the day.
    Verdict tellDay(Plausibility judge, int day) {
      Instant from = Instant.parse("2023-01-01T00:00:00Z").plus(DAY.multipliedBy(day));
      Verdict worst = null;
      for (Instant at = from; at.isBefore(from.plus(DAY)); at = at.plusSeconds(30)) {
        site.production = OptionalDouble.of(watts(at, day));
        Verdict verdict = site.tell(judge, at);
        boolean isWorse =
            worst == null
                || verdict.refuses()
                || verdict.findings().size() > worst.findings().size();
        worst = isWorse ? verdict : worst;
      }
      return requireNonNull(worst);
    }

    private double watts(Instant at, int day) {
      int hour = (int) (at.getEpochSecond() % 86_400 / 3_600);
      double[] row = hours.get(day * 24 + hour);
      double elevation = ClearSky.elevationDegrees(site.place, at);
      // Each hour's mean is spread as a cloudless sky would, and broken by the site's own clouds.
      double mean = 0;
      for (int minute = 0; minute < 60; minute += 5) {
        Instant then = at.minusSeconds(at.getEpochSecond() % 3_600).plusSeconds(60L * minute);
        mean += ClearSky.irradiance(site.place, then) / 12;
      }
      if (elevation <= 0 || mean <= 0) {
        return 0;
      }
      double clear = ClearSky.irradiance(site.place, at);
      double spread = Math.min(1.1, clear / mean);
      double beam = row[2] * spread * Math.min(1, elevation / 5);
      double facing = Math.min(1_100, beam + row[3] * spread);
      // Hourly figures stand still for an hour, which no panel does: a percent of unrest.
      double unrest = 0.99 + 0.02 * TestSite.uniform(3, at.getEpochSecond());
      double clouds = 0.6 + 0.4 * site.clearness(at);
      return 0.9 * TestSite.RATED_WATTS * facing / 1_000 * clouds * unrest;
    }
  }
}
