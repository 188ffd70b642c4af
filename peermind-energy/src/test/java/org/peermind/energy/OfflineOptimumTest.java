// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.peermind.energy.OfflineOptimum.Result;
import org.peermind.testkit.Property;

class OfflineOptimumTest {
  private static final OfflineOptimum THREE_LEVELS =
      new OfflineOptimum(new int[] {0, 120, 250}, 4, 1, 80);

  private static double[] day(double... watts) {
    return watts;
  }

  @Test
  void servesNothing_whenNoStretchIsAsLongAsTheDwell() {
    assertThat(THREE_LEVELS.of(day(300, 300, 300, 0, 300, 300, 300, 0)))
        .isEqualTo(new Result(0, 0));
  }

  @Test
  void servesAllButTheLoading_onAGoodDay() {
    double[] day = new double[20];
    Arrays.fill(day, 300);
    assertThat(THREE_LEVELS.of(day)).isEqualTo(new Result(19 * 250, 1));
  }

  @Test
  void bridgesAGapReduced_ratherThanUnload() {
    double[] day = new double[16];
    Arrays.fill(day, 300);
    day[7] = 130;
    assertThat(THREE_LEVELS.of(day))
        .as("4 s full, 4 s reduced with the dip among them, 8 s full; 1 s loads")
        .isEqualTo(new Result(3 * 250 + 4 * 120 + 8 * 250, 1));
  }

  /// Every schedule of a short day, second by second with explicit timers.
  @Test
  void agreesWithTryingEverything() {
    Property.forAll(
        1,
        300,
        random -> {
          double[] day = new double[random.nextInt(1, 13)];
          boolean bright = random.nextBoolean();
          for (int t = 0; t < day.length; t++) {
            day[t] = random.nextInt(5) == 0 ? random.nextInt(300) : bright ? 260 : 130;
          }
          int dwell = random.nextInt(1, 4);
          OfflineOptimum optimum = new OfflineOptimum(new int[] {0, 120, 250}, dwell, 1, 80);
          Tried tried = new Tried(day, dwell);
          tried.go(0, 0, dwell, 0, 0);
          assertThat(optimum.of(day)).isEqualTo(new Result(tried.joules, tried.loads));
        });
  }

  /// Depth first through all schedules; `held` counts the seconds since the last move.
  private static final class Tried {
    private static final int[] DRAWS = {0, 120, 250};
    private final double[] day;
    private final int dwell;
    private double joules;
    private int loads;

    Tried(double[] day, int dwell) {
      this.day = day;
      this.dwell = dwell;
    }

    void go(int t, int level, int held, double soFar, int loadsSoFar) {
      if (t == day.length) {
        boolean cutOff = level != 0 && held < dwell;
        if (!cutOff && (soFar > joules || (soFar == joules && loadsSoFar < loads))) {
          joules = soFar;
          loads = loadsSoFar;
        }
        return;
      }
      for (int to = 0; to < DRAWS.length; to++) {
        if (to != level && held < dwell) {
          continue;
        }
        boolean loading = level == 0 && to != 0;
        if (to != 0 && day[t] < (loading ? 80 : DRAWS[to])) {
          continue;
        }
        go(
            t + 1,
            to,
            to == level ? held + 1 : 1,
            soFar + (loading ? 0 : DRAWS[to]),
            loadsSoFar + (loading ? 1 : 0));
      }
    }
  }
}
