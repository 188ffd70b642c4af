// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Watts;

/// A whole day with one-second cloud flicker, written as a recording, replayed against the path,
/// and beside it a controller that only compares with a threshold.
class FlickerDayTest {
  private static final Instant MIDNIGHT = Instant.parse("2026-06-21T00:00:00Z");
  private static final int DAY_SECONDS = 86_400;
  private static final Place PLACE = new Place(48.1, 11.6, ZoneId.of("UTC"));

  @TempDir Path directory;

  /// The simulated house's day as CSV, one row per second; production stops for good at `darkFrom`.
  private Path record(long seed, int cloudiness, int darkFrom) throws Exception {
    Path file = directory.resolve("day-" + seed + ".csv");
    Map<String, Object> site =
        Map.of("seed", seed, "peak", "1.5 kW", "base-load", "250 W", "cloudiness", cloudiness);
    AdapterContext context =
        new AdapterContext(PLACE, Duration.ofSeconds(1), OwnDraw.NONE, directory);
    try (EnergyAdapter adapter = Adapters.builtIn().create("simulated", site, context);
        Writer writer = Files.newBufferedWriter(file)) {
      writer.write("time,pv_w,load_w,grid_w\n");
      for (int second = 0; second < DAY_SECONDS; second++) {
        Instant at = MIDNIGHT.plusSeconds(second);
        EnergySample sample = adapter.read(at);
        double production = second < darkFrom ? watts(sample.production()) : 0;
        row(writer, at, production, watts(sample.load()));
      }
    }
    return file;
  }

  private static void row(Writer writer, Instant at, double production, double load)
      throws IOException {
    writer.write(at + "," + tenths(production) + "," + tenths(load) + ",");
    writer.write(tenths(load - production) + "\n");
  }

  private static double tenths(double watts) {
    return Math.round(10 * watts) / 10.0;
  }

  private static double watts(Reading<Watts> reading) {
    return reading.known().map(Watts::value).orElse(Double.NaN);
  }

  private ClosedLoop replay(Path file) {
    Map<String, Object> yaml = new HashMap<>();
    yaml.put("adapter", "replay");
    yaml.put("poll", "1s");
    yaml.put("replay", Map.of("file", file.getFileName().toString()));
    EnergySettings settings = EnergySettings.from(yaml);
    ClosedLoop loop = new ClosedLoop(settings, MIDNIGHT.minusSeconds(1));
    return loop.at(Adapters.builtIn().create(settings, _ -> loop.ownDraw(), directory));
  }

  /// On above 350 W of export, off below 0 W: no average, no delay, and its own draw forgotten.
  private static int naiveLoads(EnergyAdapter adapter) throws EnergyAdapterException {
    int loads = 0;
    boolean on = false;
    for (int second = 0; second < DAY_SECONDS; second++) {
      double export = -watts(adapter.read(MIDNIGHT.plusSeconds(second)).grid()) - (on ? 250 : 0);
      boolean next = on ? export > 0 : export > 350;
      loads += next && !on ? 1 : 0;
      on = next;
    }
    return loads;
  }

  @ParameterizedTest(name = "seed {0}, cloudiness {1} %")
  @CsvSource({"1, 30", "2, 50", "7, 40"})
  void doesNotChatter_throughADayOfFlicker(long seed, int cloudiness) throws Exception {
    Path file = record(seed, cloudiness, DAY_SECONDS);
    ClosedLoop loop = replay(file).run(Duration.ofDays(1).minusSeconds(1));
    long moves = loop.changes.stream().filter(change -> change.to() != Activation.OFF).count();
    int naive;
    try (EnergyAdapter adapter =
        Adapters.builtIn()
            .create(
                "replay",
                Map.of("file", file.getFileName().toString()),
                new AdapterContext(null, Duration.ofSeconds(1), OwnDraw.NONE, directory))) {
      naive = naiveLoads(adapter);
    }
    System.out.printf(
        Locale.ROOT,
        "seed %d, %d %% clouds: %d loads (naive %d), %.0f Wh of at most %.0f Wh, brown %.2f Wh,"
            + " longest %d s%n",
        seed,
        cloudiness,
        loop.loads(),
        naive,
        loop.ownJoules / 3600,
        loop.renewableJoulesOffered / 3600,
        loop.brownJoules / 3600,
        loop.brownSecondsInARowMax);
    assertThat(loop.loads()).isBetween(1L, 20L);
    assertThat(naive).isGreaterThan(5 * (int) loop.loads());
    assertThat(moves).isLessThanOrEqualTo(6 * loop.loads());
    assertThat(loop.brownSecondsInARowMax)
        .as("no import outlasts window, off delay and 5 s")
        .isLessThanOrEqualTo(45 + 60 + 5);
    assertThat(loop.activation()).isEqualTo(Activation.OFF);
  }

  @Test
  void unloadsWithinWindowAndOffDelay_whenPowerFallsForGood() throws Exception {
    int dark = 12 * 3600; // about noon
    ClosedLoop loop = replay(record(3, 10, dark));
    loop.run(Duration.ofSeconds(dark));
    assertThat(loop.activation()).isEqualTo(Activation.FULL);
    assertThat(loop.runUntil(Activation.DRAINING, Duration.ofMinutes(5)))
        .isLessThanOrEqualTo(Duration.ofSeconds(45 + 60));
    loop.run(Duration.ofSeconds(5));
    double brown = loop.brownJoules;
    long loads = loop.loads();
    loop.run(Duration.ofHours(2));
    assertThat(loop.brownJoules).isEqualTo(brown);
    assertThat(loop.engine).isEqualTo(EngineStatus.ABSENT);
    assertThat(loop.loads()).isEqualTo(loads);
  }

  @Test
  void brownEnergyStopsAfterWindowDelayAndFiveSeconds_whereverTheFallEnds() throws Exception {
    for (int watts = 0; watts <= 700; watts += 20) {
      double left = watts;
      Map<String, Object> yaml = Map.of("poll", "1s");
      ClosedLoop loop = new ClosedLoop(EnergySettings.from(yaml), MIDNIGHT);
      double[] production = {2_000};
      loop.at(
          now -> {
            double load = 250 + loop.ownWatts;
            return EnergySample.builder(
                    "the inverter", org.peermind.energy.spi.Origin.MEASURED, now)
                .productionWatts(production[0])
                .loadWatts(load)
                .gridWatts(load - production[0])
                .build();
          });
      loop.runUntil(Activation.FULL, Duration.ofMinutes(10));
      production[0] = left;
      loop.run(Duration.ofSeconds(45 + 60 + 5));
      double brown = loop.brownJoules;
      loop.run(Duration.ofMinutes(20));
      assertThat(loop.brownJoules - brown).as("%s W left", left).isCloseTo(0, within(1e-9));
    }
  }
}
