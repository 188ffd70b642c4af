// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// Issue 2: a day whose clouds change every second neither loads nor unloads the model in their
/// rhythm.
class FlickerDayIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final long SEED = Long.getLong("peermind.seed", 7L);
  private static final double SCALE = 960;
  private static final int DAY_SECONDS = 11 * 3600;
  private static final double PEAK_WATTS = 5_000;
  private static final double BASE_LOAD_WATTS = 300;
  private static final double FULL_POWER_WATTS = 250;

  /// The defaults of `min-on` and `min-off`: two loads are at least their sum apart, but for trips.
  private static final int DWELLS_SECONDS = 600;

  @Test
  void theModelIsNotLoadedAndUnloadedInTheRhythmOfTheClouds() {
    System.out.println("FlickerDayIT: replay with -Dpeermind.seed=" + SEED);
    Day day = Day.draw(new Random(SEED));
    NETWORK.startReferee();
    NodeProcess site =
        NETWORK.startInferer(
            "site",
            new Site(
                day.csv(), false, InstantSource.system().instant(), SCALE, OptionalDouble.empty()));
    NETWORK.startUser(TestNetwork.USER);
    site.base();
    Await.until(
        "the end of the day",
        Duration.ofMillis((long) (1000 * DAY_SECONDS / SCALE)).plusSeconds(60),
        FlickerDayIT::isOver);
    List<JsonNode> loads = site.events("model-loaded");
    List<JsonNode> changes = site.events("activation-changed");
    System.out.printf(
        Locale.ROOT,
        "%d loads and %d changes of activation, where the raw readings crossed the threshold %d"
            + " times:%n",
        loads.size(),
        changes.size(),
        day.crossings());
    changes.forEach(change -> System.out.println("  " + change.path("message").asText()));
    assertThat(day.crossings()).as("the day flickers").isGreaterThan(1_000);
    assertThat(loads).as("the day has power").isNotEmpty();
    assertThat(loads).hasSizeLessThanOrEqualTo(1 + DAY_SECONDS / DWELLS_SECONDS);
    Await.until(
        "the engine's end", Duration.ofSeconds(20), () -> site.handle().children().count() == 0);
  }

  private static boolean isOver() {
    // The recording is not looped: after its end there is no reading and so no power.
    return NETWORK.client("site").status().path("energy").path("reason").asText().contains("ended");
  }

  /// A bell of sun with clouds of a second each, dark and seldom enough that half a standard
  /// deviation of them, which the margin keeps free, leaves power for a model.
  private record Day(String csv, int crossings) {
    static Day draw(Random random) {
      StringBuilder csv = new StringBuilder("time,pv_w,load_w\n");
      int crossings = 0;
      boolean above = false;
      for (int second = 0; second < DAY_SECONDS; second++) {
        double clear = PEAK_WATTS * Math.sin(Math.PI * second / DAY_SECONDS);
        double watts = random.nextInt(100) < 5 ? 0.1 * clear : clear;
        boolean enough = watts - BASE_LOAD_WATTS > FULL_POWER_WATTS;
        crossings += enough == above ? 0 : 1;
        above = enough;
        csv.append(second).append(',').append(Math.round(watts)).append(",300\n");
      }
      return new Day(csv.toString(), crossings);
    }
  }
}
