// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Place;

/// Ours beside controllers that others use and beside the best that was possible, on days with
/// one-second cloud flicker (issue 4). Prints the table of docs/benchmarks.md.
class FlickerTableTest {
  private static final Instant MIDNIGHT = Instant.parse("2026-06-21T00:00:00Z");
  private static final OfflineOptimum OPTIMUM =
      new OfflineOptimum(new int[] {0, 120, 250}, 300, 8, 80);

  private static ClosedLoop ours(double[] production) {
    EnergySettings settings = EnergySettings.from(Map.of("poll", "1s"));
    ClosedLoop loop = new ClosedLoop(settings, MIDNIGHT);
    loop.at(
        now -> {
          int second = (int) Duration.between(MIDNIGHT, now).toSeconds() - 1;
          double load = FlickerSkies.HOUSE_WATTS + loop.ownWatts;
          return EnergySample.builder("the inverter", Origin.REPLAYED, now)
              .productionWatts(production[second])
              .loadWatts(load)
              .gridWatts(load - production[second])
              .build();
        });
    return loop.run(Duration.ofSeconds(FlickerSkies.DAY_SECONDS));
  }

  private static void compare(String day, double[] production, double least) {
    double[] surplus = FlickerSkies.surplus(production);
    ClosedLoop ours = ours(production);
    OfflineOptimum.Result best = OPTIMUM.of(surplus);
    row(day, "naive threshold", FlickerRivals.run(FlickerRivals.naive(), surplus));
    row(day, "evcc's rules", FlickerRivals.run(FlickerRivals.evcc(), surplus));
    row(day, "OpenEMS's rules", FlickerRivals.run(FlickerRivals.openEms(), surplus));
    row(day, "peermind", ours.servedJoules, ours.brownJoules, (int) ours.loads());
    row(day, "offline optimum", best.joules(), 0, best.loads());
    System.out.printf(
        Locale.ROOT,
        "| %s | peermind of the optimum | %.3f | %.2f beyond the promise | %+d |%n",
        day,
        ours.servedJoules / best.joules(),
        ours.brownJoulesBeyondPromise / 3600,
        ours.loads() - best.loads());
    assertThat(ours.brownJoulesBeyondPromise).as("brown joules after 45 + 60 + 5 s").isZero();
    assertThat(ours.servedJoules - ours.brownJoules)
        .as("renewable joules served")
        .isGreaterThanOrEqualTo(least * best.joules());
    assertThat(ours.loads()).isLessThanOrEqualTo(best.loads() + 2);
  }

  /// Much of what could be had lies little above the engine's draw, in windows little longer than
  /// the dwell.
  @Test
  void reachesNineTenthsOfTheOptimum_whereTheMarginAndTheDelaysCostMost() throws Exception {
    compare("simulated 24, 50 %, 2000 W", FlickerSkies.simulated(24, 50, 2_000, MIDNIGHT), 0.9);
  }

  /// At most 253.5 W are there for an engine of 250 W. Of what the optimum takes, more than a fifth
  /// needs the last 5 W, less than a meter's error; with those kept free it has hardly more than
  /// ours.
  @Test
  void reachesNineTenthsOfWhatLeavesFiveWatts_onAWinterDayAtTheEnginesDraw() throws Exception {
    double[] production = recorded("piemonte", 45.0, 8.0, 10);
    compare("piemonte, day 10", production, 0.7);
    double[] surplus = FlickerSkies.surplus(production);
    double most = OPTIMUM.of(surplus).joules();
    for (int second = 0; second < surplus.length; second++) {
      surplus[second] -= 5;
    }
    double kept = OPTIMUM.of(surplus).joules();
    System.out.printf(
        Locale.ROOT, "| piemonte, day 10 | optimum that leaves 5 W | %.1f | 0 | |%n", kept / 3600);
    assertThat(kept).as("what leaves 5 W").isLessThan(0.9 * most);
    ClosedLoop ours = ours(production);
    assertThat(ours.servedJoules - ours.brownJoules).isGreaterThanOrEqualTo(0.9 * kept);
  }

  private static double[] recorded(String site, double latitude, double longitude, int day)
      throws Exception {
    String fixtures = System.getProperty("peermind.fixtures");
    assumeThat(fixtures).as("-Dpeermind.fixtures names the recordings").isNotNull();
    Path csv = Path.of(fixtures, "weather", "tmy", site + ".csv");
    assumeThat(csv).exists();
    Place place = new Place(latitude, longitude, ZoneOffset.UTC);
    return FlickerSkies.recorded(csv, place, day, day);
  }

  private static void row(String day, String controller, FlickerRivals.Day result) {
    row(day, controller, result.servedJoules(), result.brownJoules(), result.loads());
  }

  private static void row(String day, String controller, double served, double brown, int loads) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.0f | %.2f | %d |%n",
        day,
        controller,
        served / 3600,
        brown / 3600,
        loads);
  }

  @ParameterizedTest(name = "seed {0}, {1} % clouds, peak {2} W")
  @CsvSource({
    "1, 30, 1500",
    "2, 50, 1500",
    "7, 40, 1500",
    "11, 20, 1000",
    "12, 60, 3000",
    "22, 35, 900",
    "25, 30, 3000"
  })
  void reachesNineTenthsOfTheOptimum_onSimulatedDays(long seed, int cloudiness, double peak)
      throws Exception {
    String day = "simulated %d, %d %%, %.0f W".formatted(seed, cloudiness, peak);
    compare(day, FlickerSkies.simulated(seed, cloudiness, peak, MIDNIGHT), 0.9);
  }

  @ParameterizedTest(name = "{0}, day {3}")
  @CsvSource({
    "piemonte, 45.0, 8.0, 80",
    "piemonte, 45.0, 8.0, 171",
    "newyork, 40.65, -73.8, 200",
    "tucson, 32.17, -110.88, 265"
  })
  void reachesNineTenthsOfTheOptimum_onRecordedDays(
      String site, double latitude, double longitude, int day) throws Exception {
    compare(site + ", day " + day, recorded(site, latitude, longitude, day), 0.9);
  }
}
